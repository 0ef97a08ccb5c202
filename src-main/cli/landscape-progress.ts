/** Progress of a landscape probe on stderr: one rewritten line on a terminal, a plain line now and then elsewhere. */
import type { LandscapeProgress } from '../service/landscape-service.ts';
import { durationInWords } from '../service/study-words.ts';
import { RemainingTime } from './progress.ts';
import { StatusLine } from './status-line.ts';

export class LandscapeProgressLine {
  private readonly line: StatusLine;
  private readonly now: () => number;
  private readonly remaining = new RemainingTime();

  constructor(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.line = new StatusLine(stream);
    this.now = now;
  }

  update(progress: LandscapeProgress): void {
    const atMs = this.now();
    const { flopsDone, flopsTotal, partsDone, partsTotal, label } = progress;
    const seconds = this.remaining.update(flopsDone, flopsTotal, atMs);
    const share = flopsTotal > 0 ? Math.min(1, flopsDone / flopsTotal) : 1;
    const text = (): string =>
      [
        'landscape',
        `${Math.floor(share * 100)} %`,
        `${partsDone} of ${partsTotal} parts`,
        ...(seconds === null || partsDone === partsTotal ? [] : [`${durationInWords(seconds)} left`]),
        label,
      ].join('  ');
    this.line.show(text, atMs);
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    this.line.clear();
  }
}
