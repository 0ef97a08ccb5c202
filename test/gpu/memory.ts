/**
 * GPU memory that three training steps and an evaluation need, kept as they are, with activations computed again, in
 * parts, and in 16 bits: `memory.ts DEVICE`, one JSON object a line. A process for each form, weighed from outside by
 * nvidia-smi while it still holds what it took; the losses of all forms of one precision are the same up to rounding.
 */
import { spawn, spawnSync } from 'node:child_process';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { benchScalars, benchSpec, benchState } from '../bench/engine-turns.ts';
import { benchTokens, type StepSize } from '../bench/step-sizes.ts';
import type { GpuDevice } from './steps.ts';

const SIZE: StepSize = {
  architecture: {
    width: 512,
    layers: 12,
    context: 256,
    heads: 8,
    mlpRatio: 4,
    vocabulary: 256,
    activation: 'gelu',
    tiedEmbedding: true,
    attentionBias: true,
    dropout: 0,
  },
  batchSize: 32,
  stepsPerSample: 3,
  tfjsRounds: 0,
};
const STEPS = 3;

type Form = Pick<TrainingSpec, 'accumulationSteps' | 'recompute' | 'precision'>;
const FORMS: readonly Form[] = [
  {},
  { recompute: true },
  { accumulationSteps: 4 },
  { accumulationSteps: 4, recompute: true },
  { precision: 'float16' },
  { precision: 'float16', accumulationSteps: 4, recompute: true },
];

const [device, formText] = process.argv.slice(2) as [GpuDevice, string?];
if (formText === undefined) await measureAll();
else await train(JSON.parse(formText) as Form);

/** Mebibytes in use on the first GPU. */
function usedMemory(): number {
  const { stdout } = spawnSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits'], {
    encoding: 'utf8',
  });
  return Number(stdout.split('\n')[0]);
}

async function measureAll(): Promise<void> {
  for (const form of FORMS) {
    const before = usedMemory();
    const child = spawn(process.execPath, [import.meta.filename, device, JSON.stringify(form)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise((done) => child.on('close', done));
    const answer = await new Promise<string>((done) => {
      child.stdout.once('data', (data: Buffer) => done(data.toString()));
      child.once('close', () => done('{"failed":true}'));
    });
    const mebibytes = usedMemory() - before;
    child.stdin.on('error', () => {}); // it may have ended by itself
    child.stdin.end();
    await ended;
    const outcome = { device, ...form, mebibytes, ...(JSON.parse(answer) as object) };
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
  }
}

/** Prints the losses and waits for the end of its input. */
async function train(form: Form): Promise<void> {
  const spec = { ...benchSpec(SIZE), ...form };
  const model = await onnxRuntimeEngine({ device, threads: 1 }).compileGroup!(spec, 1);
  const group = await model.open([benchState(SIZE)]);
  const startedAt = performance.now();
  const [results] = await group.train(benchTokens(SIZE, STEPS, 1), benchScalars(STEPS));
  const [validation] = await group.evaluate(benchTokens(SIZE, 1, 2));
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
  process.stdout.write(JSON.stringify({ losses: [...results!.losses], validation: validation![0], seconds }));
  process.stdin.resume();
  await new Promise((done) => process.stdin.on('end', done));
  process.exit(0);
}
