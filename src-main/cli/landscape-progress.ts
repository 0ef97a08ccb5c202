/** Progress of a landscape probe on stderr: one rewritten line on a terminal, a plain line now and then elsewhere. */
import type { LandscapeProgress } from '../service/landscape-service.ts';
import { durationInWords } from '../service/study-words.ts';
import { RemainingTime } from './progress.ts';

const REWRITE_MS = 100;
const PLAIN_LINE_MS = 10_000;

export class LandscapeProgressLine {
  private readonly stream: NodeJS.WriteStream;
  private readonly now: () => number;
  private readonly remaining = new RemainingTime();
  private shownAtMs: number | null = null;
  private hasLine = false;

  constructor(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.stream = stream;
    this.now = now;
  }

  update(progress: LandscapeProgress): void {
    const atMs = this.now();
    const { flopsDone, flopsTotal, partsDone, partsTotal, label } = progress;
    const seconds = this.remaining.update(flopsDone, flopsTotal, atMs);
    if (this.shownAtMs !== null && atMs - this.shownAtMs < (this.stream.isTTY ? REWRITE_MS : PLAIN_LINE_MS))
      return;
    this.shownAtMs = atMs;
    const share = flopsTotal > 0 ? Math.min(1, flopsDone / flopsTotal) : 1;
    const text = [
      'landscape',
      `${Math.floor(share * 100)} %`,
      `${partsDone} of ${partsTotal} parts`,
      ...(seconds === null || partsDone === partsTotal ? [] : [`${durationInWords(seconds)} left`]),
      label,
    ].join('  ');
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[K${text.slice(0, Math.max(20, (this.stream.columns ?? 80) - 1))}`);
      this.hasLine = true;
    } else this.stream.write(`${text}\n`);
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    if (this.hasLine) this.stream.write('\r\u001b[K');
    this.hasLine = false;
  }
}
