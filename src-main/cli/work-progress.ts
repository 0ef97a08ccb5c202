/** Progress of work whose amount is known, on stderr. */
import { durationInWords } from '../service/study-words.ts';
import { RemainingTime } from './progress.ts';
import { StatusLine } from './status-line.ts';

export interface Work {
  readonly title: string;
  /** In one unit: FLOPs, bytes. */
  readonly done: number;
  readonly total: number;
  /** `5 of 12 parts` */
  readonly count: string;
  readonly isOver: boolean;
  /** What is being done now; left out, there is nothing to say of it. */
  readonly label?: string;
}

/** `downloading  42 %  121 of 287 MiB  20 s left`: one rewritten line on a terminal, a plain line now and then elsewhere. */
export class WorkProgressLine {
  private readonly line: StatusLine;
  private readonly now: () => number;
  private readonly remaining = new RemainingTime();

  constructor(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.line = new StatusLine(stream);
    this.now = now;
  }

  update({ title, done, total, count, isOver, label }: Work): void {
    const atMs = this.now();
    const seconds = this.remaining.update(done, total, atMs);
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const text = (): string =>
      [
        title,
        `${Math.floor(share * 100)} %`,
        count,
        ...(seconds === null || isOver ? [] : [`${durationInWords(seconds)} left`]),
        ...(label === undefined ? [] : [label]),
      ].join('  ');
    this.line.show(text, atMs);
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    this.line.clear();
  }
}
