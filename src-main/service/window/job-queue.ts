/**
 * Runs the studies of a window, and probes of their landscapes, one after the other. The queue is kept in a file of the home folder, so that what was
 * waiting, paused or running when the service ended is there again, paused, at the next start.
 */
import { randomBytes } from 'node:crypto';
import type { ComputeDevice } from '../../contract/compute.ts';
import { EspalierError, isDiskFull, messageOf } from '../../contract/errors.ts';
import { LANDSCAPE_ANALYSES, landscapeSettingsSchema } from '../../contract/landscape.ts';
import { parseStudy } from '../../contract/study-text.ts';
import type { Job, JobFailure, JobProgress, JobWork } from '../../contract/window/jobs.ts';
import type { StudyProgress } from '../../lag/study-runner.ts';
import type { Home } from '../home.ts';
import type { LandscapeProgress, LandscapeService } from '../landscape-service.ts';
import type { StudyService, StudyStart } from '../study-service.ts';
import { type HoldFacts, holdNow, holdOf, SPARE_BYTES } from './job-holds.ts';
import { readQueueFile, type StoredJob, writeQueueFile } from './queue-file.ts';
import { RemainingTime } from './remaining-time.ts';
import type { StudyNews } from './study-news.ts';
import { TrainingSpeed } from './training-speed.ts';

/** Who does the work. */
export interface Workers {
  readonly studies: Pick<StudyService, 'estimate' | 'find' | 'resume' | 'run'>;
  readonly landscapes: Pick<LandscapeService, 'measure' | 'refusalOf'>;
}

interface QueuedJob {
  job: Job;
  /** Study file; null for a study of the history. */
  readonly text: string | null;
  /** Of disk until the end of the study; 0 before it has begun. */
  neededBytes: number;
}

/** Milliseconds between two looks at what a study waits for. */
const HOLD_INTERVAL = 2000;
/** Dismissed jobs that can be restored. */
const MOST_DISMISSED = 200;

export class JobQueue {
  private readonly home: Home;
  private readonly studies: Workers['studies'];
  private readonly landscapes: Workers['landscapes'];
  private readonly news: StudyNews;
  private queue: QueuedJob[];
  /** With the place each had in the queue; the latest last. */
  private dismissed: { readonly entry: QueuedJob; readonly place: number }[] = [];
  private readonly holdFacts: HoldFacts;
  private readonly holdTimer: ReturnType<typeof setInterval>;
  /** The queue's file could not be written: the disk is full. */
  private isUnsaved = false;
  private readonly listeners = new Set<() => void>();
  private stop: AbortController | null = null;
  private current: Promise<void> = Promise.resolve();
  private isClosing = false;

  constructor(
    home: Home,
    { studies, landscapes }: Workers,
    news: StudyNews,
    holdFacts: HoldFacts,
    holdInterval: number = HOLD_INTERVAL,
  ) {
    this.holdFacts = holdFacts;
    this.home = home;
    this.studies = studies;
    this.landscapes = landscapes;
    this.news = news;
    this.queue = readQueueFile(home.folder).map(({ text, ...stored }) => ({
      text,
      neededBytes: 0,
      job: {
        ...stored,
        state: stored.state === 'failed' ? 'failed' : 'paused',
        device: null,
        progress: null,
      },
    }));
    this.holdTimer = setInterval(() => this.lookAtHolds(), holdInterval);
    this.holdTimer.unref();
  }

  list(): readonly Job[] {
    return this.queue.map(({ job }) => job);
  }

  /** @returns stops listening */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @throws EspalierError `bad-input` naming every wrong field of the study file */
  add(text: string): Job {
    const { studyId, name } = this.studies.estimate(parseStudy({ path: 'study', text }));
    return this.enqueue({ studyId, name, work: 'study', text });
  }

  /** @throws EspalierError `bad-input` for an unknown study, `refused` for a finished one */
  addStudy(studyId: string): Job {
    const { id, name, state } = this.studies.find(studyId);
    if (state === 'finished')
      throw new EspalierError('refused', `study ${name} is finished; there is nothing to go on with`, {
        hint: 'Open it, or duplicate it and edit the copy.',
      });
    return this.enqueue({ studyId: id, name, work: 'study', text: null });
  }

  /** @throws EspalierError `bad-input` for an unknown study, `refused` for one whose landscape cannot be measured */
  addLandscape(studyId: string): Job {
    const { id, name } = this.studies.find(studyId);
    const refusal = this.landscapes.refusalOf(id);
    if (refusal) throw refusal;
    return this.enqueue({ studyId: id, name, work: 'landscape', text: null });
  }

  pause(id: string): Job {
    const entry = this.find(id);
    const { state } = entry.job;
    if (state === 'waiting') this.change(entry, { state: 'paused' });
    else if (state === 'running') {
      this.change(entry, { state: 'pausing' });
      this.stop?.abort();
    } else if (state !== 'paused' && state !== 'pausing')
      throw notNow(entry.job, 'pause', 'running or waiting');
    return entry.job;
  }

  resume(id: string): Job {
    const entry = this.find(id);
    if (entry.job.state !== 'paused' && entry.job.state !== 'failed')
      throw notNow(entry.job, 'resume', 'paused or failed');
    this.change(entry, { state: 'waiting', failure: null, hold: null });
    this.next();
    return entry.job;
  }

  /** @param place among the jobs that wait, 0 being next; beyond the end is the end */
  move(id: string, place: number): readonly Job[] {
    const entry = this.find(id);
    if (entry.job.state !== 'waiting') throw notNow(entry.job, 'move', 'waiting');
    const rest = this.queue.filter((other) => other !== entry);
    const waiting = rest.filter(({ job }) => job.state === 'waiting');
    const before = waiting[place];
    rest.splice(before ? rest.indexOf(before) : rest.length, 0, entry);
    this.queue = rest;
    this.tell();
    return this.list();
  }

  dismiss(id: string): readonly Job[] {
    const entry = this.find(id);
    if (entry.job.state === 'running' || entry.job.state === 'pausing')
      throw notNow(entry.job, 'dismiss', 'paused, waiting, finished or failed');
    const place = this.queue.indexOf(entry);
    this.dismissed = [...this.dismissed, { entry, place }].slice(-MOST_DISMISSED);
    this.queue = this.queue.filter((other) => other !== entry);
    this.tell();
    return this.list();
  }

  /** @throws EspalierError `bad-input` for a job that was not dismissed, `refused` where its study is queued again */
  restore(id: string): readonly Job[] {
    const found = this.dismissed.find(({ entry }) => entry.job.id === id);
    if (!found) throw unknownJob(id);
    const { entry, place } = found;
    if (entry.job.state !== 'finished' && this.queued(entry.job))
      throw new EspalierError(
        'refused',
        `${entry.job.name} is in the queue again; it is not put there twice`,
      );
    this.dismissed = this.dismissed.filter((other) => other !== found);
    this.queue = this.queue.toSpliced(place, 0, entry);
    this.tell();
    this.next();
    return this.list();
  }

  /** Stops at the next safe point; what waits or runs is there again at the next start. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.holdTimer);
    this.stop?.abort();
    await this.current;
  }

  private enqueue(added: Pick<QueuedJob, 'text'> & { studyId: string; name: string; work: JobWork }): Job {
    const known = this.queued(added);
    if (known)
      return known.job.state === 'paused' || known.job.state === 'failed'
        ? this.resume(known.job.id)
        : known.job;
    const job: Job = {
      id: `job-${randomBytes(4).toString('hex')}`,
      name: added.name,
      studyId: added.studyId,
      work: added.work,
      state: 'waiting',
      device: null,
      progress: null,
      failure: null,
      hold: null,
      addedAt: new Date().toISOString(),
    };
    this.queue.push({ job, text: added.text, neededBytes: 0 });
    this.tell();
    this.next();
    return this.find(job.id).job;
  }

  /** What is queued of a study and has not ended. */
  private queued({ studyId, work }: Pick<Job, 'studyId' | 'work'>): QueuedJob | undefined {
    return this.queue.find(
      ({ job }) => job.studyId === studyId && job.work === work && job.state !== 'finished',
    );
  }

  private next(): void {
    if (this.stop || this.isClosing) return;
    const entry = this.queue.find(({ job }) => job.state === 'waiting');
    if (!entry) return;
    this.stop = new AbortController();
    this.change(entry, { state: 'running', failure: null });
    this.current = this.runOne(entry, this.stop.signal).finally(() => {
      this.stop = null;
      if (entry.job.studyId !== null) this.news.tell(entry.job.studyId);
      this.next();
    });
  }

  private async runOne(entry: QueuedJob, signal: AbortSignal): Promise<void> {
    try {
      if (entry.job.work === 'landscape') await this.measure(entry, signal);
      else await this.train(entry, signal);
      this.change(entry, { state: 'finished' });
    } catch (error) {
      const hold = holdOf(error, entry.neededBytes + SPARE_BYTES, this.home, this.holdFacts);
      const isStopped = error instanceof EspalierError && error.code === 'interrupted';
      if (hold) this.change(entry, { state: 'paused', hold });
      else
        this.change(entry, isStopped ? { state: 'paused' } : { state: 'failed', failure: failureOf(error) });
    }
  }

  /** What waited for space or for a folder goes on by itself. */
  private lookAtHolds(): void {
    if (this.isClosing) return;
    if (this.isUnsaved) this.tell();
    for (const entry of this.queue) {
      const { hold } = entry.job;
      if (!hold || entry.job.state !== 'paused') continue;
      const now = holdNow(hold, this.holdFacts);
      if (now === null) this.resume(entry.job.id);
      else if (JSON.stringify(now) !== JSON.stringify(hold))
        this.change(entry, { hold: now }, { isStored: false });
    }
  }

  private async train(entry: QueuedJob, signal: AbortSignal): Promise<void> {
    const clock = new RemainingTime();
    const { text, job } = entry;
    let speed: TrainingSpeed | null = null;
    const options = {
      signal,
      onStart: ({ studyId, name, estimate, device, tokensPerStep }: StudyStart) => {
        entry.neededBytes = estimate.diskBytes;
        speed = new TrainingSpeed(tokensPerStep);
        this.change(entry, { studyId, name, device, progress: null });
        this.news.tell(studyId);
      },
      onTrial: (device: ComputeDevice) =>
        this.change(entry, { device, progress: TRYING }, { isStored: false }),
      onProgress: (progress: StudyProgress) => {
        const tokensPerSecond = speed?.after(progress.runId, progress.step) ?? null;
        const shown = { ...shownProgress(progress, clock), tokensPerSecond };
        this.change(entry, { progress: shown }, { isStored: false });
        if (entry.job.studyId !== null) this.news.tell(entry.job.studyId);
      },
    };
    if (text === null) await this.studies.resume(job.studyId ?? '', options);
    else await this.studies.run(parseStudy({ path: 'study', text }), 'espalier serve', options);
  }

  private async measure(entry: QueuedJob, signal: AbortSignal): Promise<void> {
    const clock = new RemainingTime();
    await this.landscapes.measure(entry.job.studyId ?? '', {
      settings: landscapeSettingsSchema.parse({}),
      analyses: LANDSCAPE_ANALYSES,
      strategies: null,
      threads: 1,
      signal,
      onProgress: (progress) =>
        this.change(entry, { progress: shownParts(progress, clock) }, { isStored: false }),
    });
  }

  private find(id: string): QueuedJob {
    const entry = this.queue.find(({ job }) => job.id === id);
    if (entry) return entry;
    throw unknownJob(id);
  }

  private change(entry: QueuedJob, changes: Partial<Job>, { isStored = true } = {}): void {
    entry.job = { ...entry.job, ...changes };
    this.tell(isStored);
  }

  private tell(isStored = true): void {
    if (isStored) this.save();
    for (const listener of [...this.listeners]) listener();
  }

  /** A full disk loses nothing: the queue is kept in memory and written when there is space. */
  private save(): void {
    try {
      writeQueueFile(
        this.home,
        this.queue
          .filter(({ job }) => job.state !== 'finished')
          .map(({ job: { progress: _, device: __, ...job }, text }): StoredJob => ({ ...job, text })),
      );
      this.isUnsaved = false;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.isUnsaved = true;
    }
  }
}

/** Devices are tried before the study begins. */
const TRYING: JobProgress = {
  phase: 'trying',
  runsDone: 0,
  runsTotal: 0,
  share: 0,
  secondsLeft: null,
  tokensPerSecond: null,
};

function shownProgress(progress: StudyProgress, clock: RemainingTime): Omit<JobProgress, 'tokensPerSecond'> {
  const { phase, runsDone, runsTotal, flopsDone, flopsTotal } = progress;
  const share = flopsTotal > 0 ? flopsDone / flopsTotal : 0;
  return { phase, runsDone, runsTotal, share, secondsLeft: clock.secondsLeft(share) };
}

function shownParts(progress: LandscapeProgress, clock: RemainingTime): JobProgress {
  const { partsDone, partsTotal, flopsDone, flopsTotal } = progress;
  const share = flopsTotal > 0 ? flopsDone / flopsTotal : 0;
  return {
    phase: 'landscape',
    runsDone: partsDone,
    runsTotal: partsTotal,
    share,
    secondsLeft: clock.secondsLeft(share),
    tokensPerSecond: null,
  };
}

function failureOf(error: unknown): JobFailure {
  if (!(error instanceof EspalierError))
    return { code: 'failed', sentence: messageOf(error), hint: null, problems: [] };
  return { code: error.code, sentence: error.message, hint: error.hint ?? null, problems: error.problems };
}

const unknownJob = (id: string): EspalierError =>
  new EspalierError('bad-input', `there is no job ${id} in the queue`, {
    hint: 'It may have been dismissed in another window.',
    problems: [{ at: 'id', message: 'is not the id of a queued job' }],
  });

const notNow = (job: Job, verb: string, states: string): EspalierError =>
  new EspalierError('refused', `cannot ${verb} ${job.name}: it is ${job.state}; it must be ${states}`);
