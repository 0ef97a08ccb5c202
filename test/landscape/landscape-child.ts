/**
 * A process that measures a landscape with real trainer processes, to be killed: `landscape-child.ts HOME STUDY
 * OPTIONS_JSON`. Says on standard output, a line each: `part N` for every finished part and at last `done`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { landscapeSettingsSchema } from '../../src-main/contract/landscape.ts';
import { resolveHome } from '../../src-main/service/home.ts';
import { LandscapeService } from '../../src-main/service/landscape-service.ts';
import { forkLauncher } from '../../src-main/training/trainer-pool.ts';

const entry = join(import.meta.dirname, '../../src-main/training/trainer-process.ts');
const [home, study, settings] = process.argv.slice(2);
let parts = -1;
const service = new LandscapeService(resolveHome(home), (threads) => forkLauncher(entry, { threads }));
await service.measure(study!, {
  settings: landscapeSettingsSchema.parse(JSON.parse(settings!)),
  analyses: ['gradients', 'depth', 'barriers'],
  strategies: ['stack', 'identity', 'source'],
  threads: 1,
  signal: new AbortController().signal,
  onProgress: ({ partsDone }) => {
    if (partsDone === parts) return;
    parts = partsDone;
    writeSync(1, `part ${parts}\n`); // synchronous, so that a kill right after loses no line
  },
});
writeSync(1, 'done\n');
