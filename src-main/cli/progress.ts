/**
 * Progress of a study on stderr. On a terminal one line is rewritten; elsewhere a plain line is written at every
 * change of phase and about every ten seconds.
 */

import type { RunOptions } from '../service/study-service.ts';
import { durationInWords } from '../service/study-words.ts';
import { StatusLine } from './status-line.ts';

export type StudyProgress = Parameters<RunOptions['onProgress']>[0];

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

/** Time left from work done (FLOPs, bytes) and the time it took, over a sliding window. */
export class RemainingTime {
  private samples: { atMs: number; done: number }[] = [];
  private startedAtMs: number | null = null;

  /** Seconds left; null while nothing was measured. */
  update(done: number, total: number, atMs: number): number | null {
    this.startedAtMs ??= atMs;
    if (atMs - this.startedAtMs < SETTLING_MS) this.samples = [];
    this.samples.push({ atMs, done });
    // One sample older than the window stays, so that the window is always covered.
    while (this.samples.length > 2 && this.samples[1]!.atMs < atMs - SPEED_WINDOW_MS) this.samples.shift();
    const first = this.samples[0]!;
    const rate = (done - first.done) / (atMs - first.atMs);
    return rate > 0 && Number.isFinite(rate) ? (total - done) / rate / 1000 : null;
  }
}

export class ProgressLine {
  private readonly line: StatusLine;
  private readonly now: () => number;
  private readonly remaining = new RemainingTime();
  private phase: string | null = null;

  constructor(stream: NodeJS.WriteStream = process.stderr, now: () => number = () => performance.now()) {
    this.line = new StatusLine(stream);
    this.now = now;
  }

  update(progress: StudyProgress): void {
    const atMs = this.now();
    const seconds = this.remaining.update(progress.flopsDone, progress.flopsTotal, atMs);
    const isNewPhase = progress.phase !== this.phase;
    this.phase = progress.phase;
    this.line.show(() => progressText(progress, seconds, this.line.isTerminal), atMs, isNewPhase);
  }

  /** A rewritten line before there is any progress; nothing where no line can be rewritten. */
  say(text: string): void {
    this.line.rewrite(text);
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    this.line.clear();
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
