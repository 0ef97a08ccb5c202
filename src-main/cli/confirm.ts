/** Questions that are answered with yes or no, on a terminal only. */
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on stderr; anything but a yes, Ctrl-C and the end of the input included, is a no. */
export async function confirm(
  question: string,
  input: Readable = process.stdin,
  output: Writable = process.stderr,
): Promise<boolean> {
  const questions = createInterface({ input, output });
  const left = new Promise<null>((leave) => questions.on('close', () => leave(null)));
  try {
    const asked = questions.question(`${question} [y/N] `).catch(() => null);
    const answer = await Promise.race([asked, left]);
    if (answer === null) output.write('\n');
    return /^y(es)?$/i.test((answer ?? '').trim());
  } finally {
    questions.close();
  }
}
