/** What an example study is, in a few words, read from its file. Pure. */
import { type AnyStudySpec, readStudyText } from '../../src-main/contract/study-text.ts';
import type { ExampleStudy } from '../../src-main/contract/window/machine.ts';

export interface ExampleFacts {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly mode: AnyStudySpec['mode'];
  /** `4→8`, or the depths of all stages. */
  readonly depths: string;
}

/** Null for a file that this version cannot read. */
export function exampleFacts({ id, name, text }: ExampleStudy): ExampleFacts | null {
  const read = readStudyText({ path: id, text });
  if (!('value' in read)) return null;
  const { value } = read;
  const depths =
    value.mode === 'stacking'
      ? value.stages.map(({ layers }) => layers)
      : [value.source.layers, value.target.layers];
  return { id, name, text, mode: value.mode, depths: depths.join('→') };
}
