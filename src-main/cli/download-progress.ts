/** Progress of a download on stderr. */
import { durationInWords } from '../service/study-words.ts';
import { RemainingTime } from './progress.ts';
import { StatusLine } from './status-line.ts';

export class DownloadProgressLine {
  private readonly line: StatusLine;
  private readonly now: () => number;
  private readonly remaining = new RemainingTime();

  constructor(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.line = new StatusLine(stream);
    this.now = now;
  }

  /** `downloading  42 %  121 of 287 MiB  20 s left` */
  update(bytesDone: number, bytesTotal: number): void {
    const atMs = this.now();
    const seconds = this.remaining.update(bytesDone, bytesTotal, atMs);
    const text = (): string =>
      [
        'downloading',
        `${Math.floor((bytesDone / bytesTotal) * 100)} %`,
        `${mebibytes(bytesDone)} of ${mebibytes(bytesTotal)} MiB`,
        ...(seconds === null || bytesDone === bytesTotal ? [] : [`${durationInWords(seconds)} left`]),
      ].join('  ');
    this.line.show(text, atMs);
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    this.line.clear();
  }
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
