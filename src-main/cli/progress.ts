/**
 * Progress of a study on stderr. On a terminal one line is rewritten; elsewhere a plain line is written at every
 * change of phase and about every ten seconds.
 */

import type { RunOptions } from '../service/study-service.ts';
import { durationInWords } from '../service/study-words.ts';

export type StudyProgress = Parameters<RunOptions['onProgress']>[0];

const REWRITE_MS = 100;
const PLAIN_LINE_MS = 10_000;
/** The speed is that of this much time: long enough to be calm, short enough to follow a change. */
const SPEED_WINDOW_MS = 30_000;
/** Work done in the first moment was done before: a resumed study, a source that is used again. */
const SETTLING_MS = 500;
const BAR_CELLS = 20;

const PHASE_WORDS: Readonly<Record<StudyProgress['phase'], string>> = {
  source: 'training the source',
  probing: 'probing',
  continuing: 'training to the end',
  finished: 'finished',
};

/** Time left from FLOPs done and the time they took, over a sliding window. */
export class RemainingTime {
  private samples: { atMs: number; flops: number }[] = [];
  private startedAtMs: number | null = null;

  /** Seconds left; null while nothing was measured. */
  update(flopsDone: number, flopsTotal: number, atMs: number): number | null {
    this.startedAtMs ??= atMs;
    if (atMs - this.startedAtMs < SETTLING_MS) this.samples = [];
    this.samples.push({ atMs, flops: flopsDone });
    // One sample older than the window stays, so that the window is always covered.
    while (this.samples.length > 2 && this.samples[1]!.atMs < atMs - SPEED_WINDOW_MS) this.samples.shift();
    const first = this.samples[0]!;
    const rate = (flopsDone - first.flops) / (atMs - first.atMs);
    return rate > 0 && Number.isFinite(rate) ? (flopsTotal - flopsDone) / rate / 1000 : null;
  }
}

export class ProgressLine {
  private readonly stream: NodeJS.WriteStream;
  private readonly now: () => number;
  private readonly remaining = new RemainingTime();
  private shownAtMs = Number.NEGATIVE_INFINITY;
  private phase: string | null = null;
  private hasLine = false;

  constructor(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.stream = stream;
    this.now = now;
  }

  update(progress: StudyProgress): void {
    const atMs = this.now();
    const seconds = this.remaining.update(progress.flopsDone, progress.flopsTotal, atMs);
    const isNewPhase = progress.phase !== this.phase;
    const interval = this.stream.isTTY ? REWRITE_MS : PLAIN_LINE_MS;
    if (!isNewPhase && atMs - this.shownAtMs < interval) return;
    this.shownAtMs = atMs;
    this.phase = progress.phase;
    const text = progressText(progress, seconds, this.stream.isTTY === true);
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[K${text.slice(0, Math.max(20, (this.stream.columns ?? 80) - 1))}`);
      this.hasLine = true;
    } else this.stream.write(`${text}\n`);
  }

  /** A rewritten line before there is any progress; nothing where no line can be rewritten. */
  say(text: string): void {
    if (!this.stream.isTTY) return;
    this.stream.write(`\r\u001b[K${text}`);
    this.hasLine = true;
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    if (this.hasLine) this.stream.write('\r\u001b[K');
    this.hasLine = false;
  }
}

/** `probing  42 %  5 of 14 runs  1 min 20 s left  dupLast probe, step 120`, with a bar on a terminal. */
export function progressText(progress: StudyProgress, secondsLeft: number | null, withBar: boolean): string {
  const { phase, runsDone, runsTotal, flopsDone, flopsTotal, runId, step } = progress;
  const share = flopsTotal > 0 ? Math.min(1, flopsDone / flopsTotal) : 0;
  const filled = Math.floor(share * BAR_CELLS);
  const parts = [
    PHASE_WORDS[phase],
    ...(withBar ? [`${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`] : []),
    `${Math.floor(share * 100)} %`,
    `${runsDone} of ${runsTotal} runs`,
  ];
  if (phase !== 'finished' && secondsLeft !== null) parts.push(`${durationInWords(secondsLeft)} left`);
  // Run ids are study/source and study/strategy/kind.
  if (runId !== null) parts.push(`${runId.split('/').slice(1).join(' ')}, step ${step}`);
  return parts.join('  ');
}
