/**
 * Milliseconds per training step on every GPU device of this machine, of one candidate and of eight in one graph,
 * against PyTorch on CUDA where ${PYTHON:-python3} has it: `bench-step.ts SIZES ROUNDS`, one JSON object a line. All
 * variants of a size run round-robin.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { STEP_SIZES } from '../bench/step-sizes.ts';
import { Competitor } from '../bench/turns.ts';
import { GPU_DEVICES, type GpuDevice } from './steps.ts';

const TOGETHER = [1, 8];
/** Steps in one timed sample, one call of the engine: about as many as a trainer takes between two evaluations. */
const STEPS = 100;
/** Where each step is a call of its own anyway, a sample of a large model can be short. */
const stepsOf = (device: GpuDevice, width: number): number =>
  device === 'webgpu' && width > 256 ? STEPS / 10 : STEPS;

const [sizes, rounds] = [process.argv[2]!.split(','), Number(process.argv[3])];
const python = process.env.PYTHON || 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch; assert torch.cuda.is_available()']).status === 0;
if (!hasTorch) process.stderr.write(`${python} has no torch with CUDA; ratios to it stay empty\n`);

interface Entrant {
  readonly competitor: Competitor;
  readonly engine: string;
  readonly candidates: number;
  readonly samples: number[];
}

async function enter(competitor: Competitor, candidates: number): Promise<Entrant | null> {
  try {
    const { engine } = await competitor.ready();
    return { competitor, engine, candidates, samples: [] };
  } catch (error) {
    process.stderr.write(`${competitor.label}: ${error}\n`);
    competitor.end();
    return null;
  }
}

for (const size of sizes) {
  const { architecture, batchSize } = STEP_SIZES[size]!;
  const entrants: Entrant[] = [];
  const add = async (competitor: Competitor, candidates: number): Promise<void> => {
    const entrant = await enter(competitor, candidates);
    if (entrant) entrants.push(entrant);
  };
  for (const device of GPU_DEVICES)
    for (const count of TOGETHER)
      await add(
        new Competitor(`${device} x ${count}`, process.execPath, [
          join(import.meta.dirname, 'step-of-device.ts'),
          size,
          device,
          String(count),
          String(stepsOf(device, architecture.width)),
        ]),
        count,
      );
  if (hasTorch) {
    const job = { ...architecture, batchSize, stepsPerSample: STEPS, trials: 4, productSize: 4096 };
    const script = join(import.meta.dirname, '../bench/torch_step.py');
    await add(new Competitor('torch', python, [script, JSON.stringify(job), '4', '--device', 'cuda']), 1);
  }
  for (let round = 0; round < rounds; round++)
    for (const { competitor, samples } of entrants) samples.push(...(await competitor.turn()).stepMs);
  for (const { competitor } of entrants) competitor.end();
  const best = ({ samples }: Entrant): number => Math.min(...samples);
  const torch = entrants.find(({ engine }) => engine.startsWith('torch'));
  for (const entrant of entrants) {
    const { engine, candidates, samples } = entrant;
    const middle = samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
    const perCandidate = best(entrant) / candidates;
    process.stdout.write(
      `${JSON.stringify({
        size,
        engine,
        candidates,
        minMs: Number(best(entrant).toPrecision(4)),
        medianMs: Number(middle.toPrecision(4)),
        minMsPerCandidate: Number(perCandidate.toPrecision(4)),
        ratioToTorch: torch ? Number((best(torch) / perCandidate).toPrecision(3)) : null,
      })}\n`,
    );
  }
}
