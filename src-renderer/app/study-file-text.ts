/** Reads a file that a person chose or dropped, as text; what cannot be YAML of a person is refused before it is sent. */
import { EspalierError } from '../../src-main/contract/errors.ts';

/** A study file is a page or two. */
const MOST_BYTES = 200_000;

export type ChosenFile = Pick<File, 'name' | 'size' | 'arrayBuffer'>;

/** @throws EspalierError `bad-input` naming the file and what it must be */
export const studyFileText = (file: ChosenFile): Promise<string> =>
  yamlFileText(file, 'study file', 'A study file is YAML text; the example studies are a good start.');

/**
 * @param kind what the file must be: `study file`
 * @throws EspalierError `bad-input` naming the file and what it must be
 */
export async function yamlFileText(file: ChosenFile, kind: string, hint: string): Promise<string> {
  const refuse = (reason: string): never => {
    throw new EspalierError('bad-input', `${file.name}: ${reason}`, { hint });
  };
  if (file.size > MOST_BYTES) refuse(`has ${file.size} bytes; a ${kind} has at most ${MOST_BYTES}`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.length === 0) refuse('is empty');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? refuse(`is a binary file; a ${kind} is YAML text`) : text;
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    return refuse('is not UTF-8 text');
  }
}
