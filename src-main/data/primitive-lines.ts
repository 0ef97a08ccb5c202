/**
 * Lines of the reasoning primitives: a question and an answer that follows from it by one rule. The synthetic
 * corpora that teach a primitive and the metric that measures it make their lines here, so they agree.
 *
 * Induction asks for what followed a symbol before (Olsson et al. 2022, "In-context Learning and Induction Heads");
 * associative recall for the value of a key (Ba et al. 2016, "Using Fast Weights to Attend to the Recent Past").
 */
import type { RandomStream } from '../tensor/random.ts';

export type PrimitiveTask =
  | { readonly primitive: 'copy'; readonly length: number; readonly symbols: number }
  | { readonly primitive: 'induction'; readonly length: number; readonly symbols: number }
  | { readonly primitive: 'associative-recall'; readonly pairs: number; readonly symbols: number }
  | { readonly primitive: 'modular-sum'; readonly modulus: number };

export interface PrimitiveLine {
  /** Question and answer, one character a symbol, without a line feed. */
  readonly text: string;
  /** How many characters at the end of the text are the answer. */
  readonly answerLength: number;
}

const FIRST_LETTER = 97; // a

/** `abc` for 0, 1, 2. */
export const lettersOf = (symbols: readonly number[]): string =>
  String.fromCharCode(...symbols.map((symbol) => FIRST_LETTER + symbol));

/**
 * One line of the task, drawn from the stream. Sizes are those the schemas allow: at most `symbols` different
 * symbols in an induction, at most half as many pairs, a modulus of at most 10.
 */
export function primitiveLine(task: PrimitiveTask, stream: RandomStream): PrimitiveLine {
  switch (task.primitive) {
    case 'copy': {
      const sequence = lettersOf(Array.from({ length: task.length }, () => stream.below(task.symbols)));
      return { text: `${sequence}=${sequence}`, answerLength: task.length };
    }
    case 'induction': {
      const sequence = different(task.length, task.symbols, stream);
      const repeated = stream.below(task.length - 1);
      return { text: lettersOf([...sequence, ...sequence.slice(repeated, repeated + 2)]), answerLength: 1 };
    }
    case 'associative-recall': {
      const keyCount = Math.floor(task.symbols / 2);
      const pairs = different(task.pairs, keyCount, stream).map((key) => [
        key,
        keyCount + stream.below(task.symbols - keyCount),
      ]);
      const asked = pairs[stream.below(pairs.length)]!;
      return { text: `${lettersOf(pairs.flat())}=${lettersOf(asked)}`, answerLength: 1 };
    }
    case 'modular-sum': {
      const [left, right] = [stream.below(task.modulus), stream.below(task.modulus)];
      return { text: `${left}+${right}=${(left + right) % task.modulus}`, answerLength: 1 };
    }
    default:
      return task satisfies never;
  }
}

/** The characters that lines of the task are made of, the line feed included. */
export function charactersOf(task: PrimitiveTask): string {
  switch (task.primitive) {
    case 'copy':
    case 'associative-recall':
      return `${firstLetters(task.symbols)}=\n`;
    case 'induction':
      return `${firstLetters(task.symbols)}\n`;
    case 'modular-sum':
      return `${'0123456789'.slice(0, task.modulus)}+=\n`;
    default:
      return task satisfies never;
  }
}

const firstLetters = (count: number): string =>
  lettersOf(Array.from({ length: count }, (_, symbol) => symbol));

/** `count` different whole numbers below `bound` in random order. */
function different(count: number, bound: number, stream: RandomStream): number[] {
  const left = Array.from({ length: bound }, (_, index) => index);
  return Array.from({ length: count }, () => left.splice(stream.below(left.length), 1)[0]!);
}
