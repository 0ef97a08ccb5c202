/**
 * The queue of studies to run. One study trains at a time, because its trainers already use all cores; the others
 * wait in an order the user sets. A paused study goes on from its last checkpoint with the same numbers.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { ErrorCode, ErrorProblem } from '../errors.ts';

export type JobState = 'waiting' | 'running' | 'pausing' | 'paused' | 'finished' | 'failed';

/** A study that is trained, or the loss landscape of a finished one that is measured. */
export type JobWork = 'study' | 'landscape';

export interface JobProgress {
  /** `trying`: devices are tried, to choose the fastest. */
  readonly phase: 'trying' | 'source' | 'probing' | 'continuing' | 'finished' | 'landscape';
  /** Runs of a study, parts of a landscape. */
  readonly runsDone: number;
  readonly runsTotal: number;
  /** Of planned FLOPs, evaluations included: 0 … 1. */
  readonly share: number;
  /** Null before anything can be said. */
  readonly secondsLeft: number | null;
  /** Trained a second, of all its trainers; null for a landscape and before anything can be said. */
  readonly tokensPerSecond: number | null;
}

export interface JobFailure {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly hint: string | null;
  readonly problems: readonly ErrorProblem[];
}

/** Why a study waits although nothing is wrong with it; it goes on by itself. */
export type JobHold =
  | {
      readonly kind: 'disk-full';
      readonly folder: string;
      readonly freeBytes: number;
      readonly neededBytes: number;
    }
  | { readonly kind: 'folder-away'; readonly folder: string; readonly studies: number };

/** Something that happened to a queued study, such as a trainer that was lost and replaced. */
export interface JobEvent {
  readonly studyId: string;
  readonly study: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `run-retried`, `checkpoint-lost`, `run-diverged`, … */
  readonly kind: string;
  readonly message: string;
}

export interface Job {
  readonly id: string;
  readonly name: string;
  /** Known once the study is in the history. */
  readonly studyId: string | null;
  readonly work: JobWork;
  readonly state: JobState;
  /** `cpu`, `webgpu`, …; null before the study has begun here. */
  readonly device: string | null;
  readonly progress: JobProgress | null;
  readonly failure: JobFailure | null;
  /** Set only while `paused`. */
  readonly hold: JobHold | null;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

/** What is about to be done, before anything is written. */
export interface JobEstimate {
  readonly name: string;
  readonly studyId: string;
  readonly runs: number;
  readonly steps: number;
  readonly flops: number;
  readonly checkpointBytes: number;
  /** Null where nothing of the kind was measured on this machine yet. */
  readonly seconds: number | null;
  /** Null where it depends on the device, which is chosen when the study starts. */
  readonly trainers: number | null;
  /** The same in one sentence. */
  readonly sentence: string;
}

const studyText = z
  .string()
  .min(1, { error: 'must hold a study file; it is empty' })
  .max(200_000, { error: 'a study file has at most 200 000 characters' })
  .describe('Study file as YAML text.');
const jobId = z
  .string()
  .regex(/^job-[0-9a-f]{8}$/, { error: 'must be the id of a job: job- and 8 hex digits' });

export const jobsContract = {
  estimate: oc.input(z.strictObject({ text: studyText })).output(type<JobEstimate>()),
  /** Checks the study file and puts it at the end of the queue. The same study is not queued twice. */
  add: oc.input(z.strictObject({ text: studyText })).output(type<Job>()),
  /** Queues a study of the history that was interrupted, has failed or was never begun. */
  resumeStudy: oc.input(z.strictObject({ studyId: z.string().min(1).max(100) })).output(type<Job>()),
  /** Queues the loss landscape of a finished study, with the settings of `espalier landscape`. */
  measureLandscape: oc.input(z.strictObject({ studyId: z.string().min(1).max(100) })).output(type<Job>()),
  list: oc.output(type<readonly Job[]>()),
  /** The whole queue at once, then again after each change. */
  watch: oc.output(eventIterator(type<readonly Job[]>())),
  /** Stops at the next safe point. */
  pause: oc.input(z.strictObject({ id: jobId })).output(type<Job>()),
  resume: oc.input(z.strictObject({ id: jobId })).output(type<Job>()),
  /** Puts a waiting job at a place among those that wait, 0 being next. */
  move: oc
    .input(
      z.strictObject({
        id: jobId,
        place: z.int().min(0, { error: 'must be 0 or more' }).max(10_000, { error: 'must be at most 10000' }),
      }),
    )
    .output(type<readonly Job[]>()),
  /** The latest events of the studies in the queue, newest first. */
  events: oc.output(type<readonly JobEvent[]>()),
  /** Takes a job that is not running out of the queue; the study stays in the history. Can be taken back by `restore`. */
  dismiss: oc.input(z.strictObject({ id: jobId })).output(type<readonly Job[]>()),
  /** Puts a dismissed job back where it stood. Known until the service ends. */
  restore: oc.input(z.strictObject({ id: jobId })).output(type<readonly Job[]>()),
};
