/**
 * A process that runs one study with real trainer processes, to be killed: `study-child.ts HOME SPEC_JSON`. Says on
 * standard output, a line each: `trainer PID` for every trainer it starts, `phase NAME` and at last `done`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { stackingSpecSchema } from '../../src-main/contract/stacking.ts';
import { studySpecSchema } from '../../src-main/contract/study.ts';
import { resolveHome } from '../../src-main/service/home.ts';
import { StudyService } from '../../src-main/service/study-service.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';
import { forkLauncher } from '../../src-main/training/trainer-pool.ts';

const entry = join(import.meta.dirname, '../../src-main/training/trainer-process.ts');
const [home, specJson] = process.argv.slice(2);
// Synchronous, so that a kill right after loses no line.
const say = (line: string): void => void writeSync(1, `${line}\n`);

const announced = (launch: TrainerLauncher): TrainerLauncher => {
  return () => {
    const channel = launch();
    say(`trainer ${channel.processId}`);
    return channel;
  };
};

let phase = '';
const service = new StudyService(resolveHome(home), (threads) => announced(forkLauncher(entry, { threads })));
const given = JSON.parse(specJson!);
const spec = (given.mode === 'stacking' ? stackingSpecSchema : studySpecSchema).parse(given);
await service.run(spec, '', {
  signal: new AbortController().signal,
  onStart: () => {},
  onProgress: (progress) => {
    if (progress.phase === phase) return;
    phase = progress.phase;
    say(`phase ${phase}`);
  },
});
say('done');
