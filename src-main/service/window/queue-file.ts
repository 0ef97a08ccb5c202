/** The queue on disk: queue.json in the home folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../data/durable-file.ts';
import { type Home, makeHome } from '../home.ts';

const QUEUE_FILE = 'queue.json';

const storedJobSchema = z.object({
  id: z.string(),
  name: z.string(),
  studyId: z.string().nullable(),
  /** Left out by programs that only knew studies. */
  work: z.enum(['study', 'landscape']).default('study'),
  state: z.enum(['waiting', 'running', 'pausing', 'paused', 'finished', 'failed']),
  failure: z
    .object({
      code: z.enum(['bad-input', 'refused', 'failed', 'interrupted']),
      sentence: z.string(),
      hint: z.string().nullable(),
      problems: z
        .array(z.object({ at: z.string(), message: z.string(), line: z.number().exactOptional() }))
        .readonly(),
    })
    .nullable(),
  hold: z
    .discriminatedUnion('kind', [
      z.object({
        kind: z.literal('disk-full'),
        folder: z.string(),
        freeBytes: z.number(),
        neededBytes: z.number(),
      }),
      z.object({ kind: z.literal('folder-away'), folder: z.string(), studies: z.number() }),
    ])
    .nullable()
    .default(null),
  addedAt: z.string(),
  text: z.string().nullable(),
});

export type StoredJob = z.infer<typeof storedJobSchema>;

/** What was in the queue when the service ended; a file that cannot be read counts as an empty queue. */
export function readQueueFile(folder: string): StoredJob[] {
  const path = join(folder, QUEUE_FILE);
  if (!existsSync(path)) return [];
  try {
    return z.array(storedJobSchema).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // The studies themselves are in the history; only their place in the queue is lost.
    return [];
  }
}

export function writeQueueFile(home: Home, jobs: readonly StoredJob[]): void {
  makeHome(home);
  writeDurably(home.folder, [Buffer.from(`${JSON.stringify(jobs, null, 2)}\n`)], () => QUEUE_FILE);
}
