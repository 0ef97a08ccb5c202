/**
 * Seconds for the whole rule grid on an audit of 12 candidates with 4000 evaluations of 40 batches each: making the
 * rules, deciding by each, and the Pareto front. Best of the rounds; reading the curves is not counted.
 */
import type { RecordedAudit, RecordedCurve } from '../../src-main/contract/recorded-audit.ts';
import { replayAudit } from '../../src-main/lag/replay/replay-audit.ts';
import { ruleGrid } from '../../src-main/lag/replay/rule-grid.ts';
import { randomStream } from '../../src-main/tensor/random.ts';

const CANDIDATES = 12;
const HORIZON = 4000;
const BATCHES = 40;

/** Power laws that cross, with noise on every batch; evaluated at every step. */
function crossingCurve(candidate: number): RecordedCurve {
  const stream = randomStream(1, 'bench', candidate);
  const drop = 0.5 + 0.05 * ((candidate * 7) % CANDIDATES);
  return {
    strategy: `strategy${candidate}`,
    isControl: false,
    exactness: null,
    schedule: 'final',
    scheduleSteps: HORIZON,
    repeat: 0,
    isDiverged: false,
    points: Array.from({ length: HORIZON + 1 }, (_, step) => {
      const mean = 1.8 + 0.02 * candidate + drop * (step + 20) ** -0.3;
      const batchLosses = Float32Array.from({ length: BATCHES }, () => mean + 0.01 * stream.normal());
      const loss = batchLosses.reduce((sum, one) => sum + one / BATCHES, 0);
      return {
        step,
        metrics: { loss },
        batchLosses,
        trainingLoss: null,
        gradientNorm: step === 0 ? null : 1 + stream.uniform(),
        weightDistance: step / HORIZON,
        tokens: null,
        flops: null,
      };
    }),
  };
}

export async function benchReplay({
  json,
  rounds,
}: {
  readonly json: boolean;
  readonly rounds: number;
}): Promise<void> {
  const audit: RecordedAudit = {
    id: 'bench',
    name: 'bench',
    seed: 1,
    horizon: HORIZON,
    metrics: [{ name: 'loss', lowerIsBetter: true }],
    flopsPerStep: 1,
    facts: {
      sourceLayers: null,
      targetLayers: null,
      width: null,
      activation: null,
      corpus: null,
      pool: null,
      families: {},
    },
    curves: Array.from({ length: CANDIDATES }, (_, candidate) => crossingCurve(candidate)),
  };
  let rules = 0;
  let seconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    rules = replayAudit(audit, ruleGrid(audit)).rows.length;
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  const row = {
    candidates: CANDIDATES,
    evaluations: HORIZON,
    rules,
    seconds: Number(seconds.toPrecision(3)),
  };
  process.stdout.write(
    json
      ? `${JSON.stringify(row)}\n`
      : `${row.candidates} candidates, ${row.evaluations} evaluations, ${row.rules} rules: ${row.seconds} s\n`,
  );
}
