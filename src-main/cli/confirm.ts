/** Questions that are answered with yes or no, on a terminal only. */
import { createInterface } from 'node:readline/promises';

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on stderr; anything but a yes, Ctrl-C and the end of the input included, is a no. */
export async function confirm(question: string): Promise<boolean> {
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((answer) => questions.on('close', () => answer('')));
  try {
    const asked = questions.question(`${question} [y/N] `).catch(() => '');
    return /^y(es)?$/i.test((await Promise.race([asked, closed])).trim());
  } finally {
    questions.close();
  }
}
