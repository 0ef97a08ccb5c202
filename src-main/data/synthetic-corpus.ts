/** Generated texts with a rule behind them: copying, sorting, recall, modular addition (Power et al. 2022, §3). */
import type { SyntheticCorpus } from '../contract/data-spec.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';
import { lettersOf, type PrimitiveTask, primitiveLine } from './primitive-lines.ts';

/** Lines of the task, each ended by a line feed; the same task gives the same text everywhere. */
export function syntheticText(task: SyntheticCorpus): string {
  const stream = randomStream(task.seed, 'corpus', task.synthetic);
  switch (task.synthetic) {
    case 'copy':
    case 'sorting':
      return lines(task.examples, () => {
        const symbols = Array.from({ length: task.length }, () => stream.below(task.symbols));
        const answer = task.synthetic === 'copy' ? symbols : symbols.toSorted((a, b) => a - b);
        return `${lettersOf(symbols)}=${lettersOf(answer)}`;
      });
    case 'induction':
      return lines(task.examples, () => primitiveLine({ ...task, primitive: 'induction' }, stream).text);
    case 'associative-recall':
      return lines(
        task.examples,
        () => primitiveLine({ ...task, primitive: 'associative-recall' }, stream).text,
      );
    case 'mixed': {
      const { length, symbols, pairs, modulus } = task;
      const tasks: readonly PrimitiveTask[] = [
        { primitive: 'copy', length, symbols },
        { primitive: 'induction', length, symbols },
        { primitive: 'associative-recall', pairs, symbols },
        { primitive: 'modular-sum', modulus },
      ];
      return lines(task.examples, () => primitiveLine(tasks[stream.below(tasks.length)]!, stream).text);
    }
    case 'modular-addition': {
      const { modulus } = task;
      const pairs = shuffled(modulus ** 2, stream);
      return lines(task.examples ?? pairs.length, (index) => {
        const left = Math.floor(pairs[index]! / modulus);
        const right = pairs[index]! % modulus;
        return `${left}+${right}=${(left + right) % modulus}`;
      });
    }
    default:
      return task satisfies never;
  }
}

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

/** The numbers below `count` in random order (Fisher and Yates). */
function shuffled(count: number, stream: RandomStream): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = stream.below(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
