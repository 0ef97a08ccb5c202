/**
 * Three studies for the report tests, built through the real selection and analysis: a finished select, a finished
 * audit and a partial one with a diverged candidate and hostile names. Initial, k = 100, k = 200 and final losses
 * of the pool are those of a measured run (12 strategies, 4 to 8 layers, 1000 steps); points between them follow
 * a smooth curve, batch losses and probe values are made up.
 */
import type { StudyAnalysis } from '../../src-main/contract/analysis.ts';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import type {
  CandidateRecord,
  EvaluationRecord,
  RunKind,
  RunRecord,
  RunState,
} from '../../src-main/contract/records.ts';
import { analyseStudy, type StudyFacts, type StudyRecords } from '../../src-main/lag/analysis.ts';
import { selectStrategy } from '../../src-main/lag/selection.ts';
import { randomStream } from '../../src-main/tensor/random.ts';

/** Strategy, plan, exactness, initial, k = 100, k = 200, final. */
const MEASURED: readonly (readonly [string, string, string, number, number, number, number])[] = [
  ['stack', '0 1 2 3 0 1 2 3', 'none', 2.312, 2.13, 2.092, 1.8989],
  ['interleave', '0 0 1 1 2 2 3 3', 'none', 2.306, 2.12, 2.088, 1.9074],
  ['ins1b2', '0 1 2 1 2 1 2 3', 'none', 2.352, 2.14, 2.081, 1.8997],
  ['dupLast', '0 1 2 3 3 3 3 3', 'none', 2.471, 2.134, 2.096, 1.9108],
  ['dupFirst', '0 0 0 0 0 1 2 3', 'none', 2.946, 2.16, 2.116, 1.9428],
  ['randTop', '0 1 2 3 r r r r', 'approx', 2.157, 2.139, 2.091, 1.8964],
  ['randMid', '0 1 r r r r 2 3', 'approx', 2.158, 2.139, 2.093, 1.9238],
  ['randBottom', 'r r r r 0 1 2 3', 'none', 4.382, 2.254, 2.159, 1.951],
  ['idCopyTop', '0 1 2 3 0* 1* 2* 3*', 'exact', 2.153, 2.126, 2.085, 1.8911],
  ['idCopyInter', '0 0* 1 1* 2 2* 3 3*', 'exact', 2.153, 2.125, 2.081, 1.8955],
  ['idRandBottom', 'i i i i 0 1 2 3', 'exact', 2.153, 2.214, 2.136, 1.9347],
  ['dead', '0 1 2 3 z z z z', 'exact', 2.153, 2.131, 2.093, 1.9257],
];
const CONTROL = ['scratch', 'scratch', 'none', 4.649, 2.781, 2.556, 1.985] as const;

const FULL_STEPS = [0, 10, 20, 50, 100, 150, 200, 300, 400, 600, 800, 925, 950, 975, 1000];
const PROBE_STEPS = [0, 10, 20, 50, 100, 150, 200];
const BATCH_COUNT = 40;

const architecture: Architecture = {
  layers: 4,
  vocabulary: 96,
  width: 64,
  heads: 4,
  context: 64,
  mlpRatio: 4,
  activation: 'relu',
  tiedEmbedding: true,
  attentionBias: true,
  dropout: 0,
};

const rule = decisionRuleSchema.parse({ rule: 'cooldown', lag: 200, resamples: 400 });

const facts: StudyFacts = {
  rule,
  horizon: 1000,
  pool: 'demo',
  operators: {
    stack: 'Stack',
    interleave: 'Interleave',
    ins1b2: 'Repeat block',
    dupLast: 'Repeat last layer',
    idCopyTop: 'Identity copies',
  },
  duplicates: [{ strategy: 'stackAgain', sameAs: 'stack' }],
  source: { architecture, parameters: 209_088, steps: 1000, reused: true },
  target: { architecture: { ...architecture, layers: 8 }, parameters: 408_384, flopsPerStep: 1.43e9 },
  data: {
    corpus: 'Moby-Dick',
    tokenizer: 'character',
    trainingTokens: 1_072_739,
    validationTokens: 119_194,
    contentHash: '5e0c5b3e9a4c6f5d2d7c0b7e19b1f1a6c0f4a1b5d3e2f7a8b9c0d1e2f3a4b5c6',
  },
  studyYaml:
    'version: 1\nname: Moby-Dick 4 to 8\nseed: 11\nsource:\n  layers: 4\n  steps: 1000\ntarget:\n  layers: 8\ndecision:\n  rule: cooldown\n  lag: 200\npool: demo\n',
  reproduce: 'espalier run moby-dick-4-to-8.yaml --seed 11',
  environment: {
    Program: 'Espalier 0.1.0',
    Engine: 'onnxruntime 1.30.0, CPU, 1 thread',
    Machine: '2 × AMD EPYC, 4 GiB, Linux',
  },
};

interface Plan {
  readonly name: string;
  readonly mode: 'select' | 'audit';
  readonly state: 'finished' | 'running';
  /** Names in the order of MEASURED; a missing one keeps its own. */
  readonly names?: Readonly<Record<string, string>>;
  readonly diverged?: string;
  /** Candidates whose probe is still running. */
  readonly waiting?: readonly string[];
  readonly hasControl: boolean;
}

/** Loss on the final schedule at a step, through the measured points. */
function lossAt(row: (typeof MEASURED)[number] | typeof CONTROL, step: number): number {
  const [, , , initial, at100, at200, final] = row;
  const points = [
    [0, initial],
    [100, at100],
    [200, at200],
    [1000, final],
  ] as const;
  const place = (value: number): number => Math.log2(1 + value / 12);
  const upper = Math.max(
    1,
    points.findIndex(([at]) => at >= step),
  );
  const [from, to] = [points[upper - 1]!, points[upper]!];
  const share = (place(step) - place(from[0])) / (place(to[0]) - place(from[0]));
  const bend = step < 100 ? share ** 0.55 : share;
  return from[1] + (to[1] - from[1]) * bend;
}

function build(plan: Plan): StudyAnalysis {
  const rows = [...MEASURED, ...(plan.hasControl ? [CONTROL] : [])];
  const candidates: CandidateRecord[] = [];
  const runs: RunRecord[] = [];
  const evaluations: EvaluationRecord[] = [];
  const addRun = (candidateId: string | null, kind: RunKind, state: RunState, stepsDone: number): string => {
    const id = `${candidateId ?? 'source'}-${kind}`;
    runs.push({
      id,
      studyId: 's',
      candidateId,
      kind,
      state,
      stepsPlanned: stepsDone,
      stepsDone,
      attempts: 1,
      peakMemoryBytes: null,
      seconds: stepsDone * 0.0172,
      flops: stepsDone * facts.target.flopsPerStep,
      architecture,
      computeDevice: null,
      device: 'cpu',
      reason:
        state === 'diverged' ? 'The training loss became NaN at step 63 <img src=x onerror=alert(1)>' : null,
    });
    return id;
  };
  const addEvaluation = (runId: string, step: number, loss: number, spread: number): void => {
    const noise = randomStream(4, runId, step);
    const batchLosses = Float32Array.from(
      { length: BATCH_COUNT },
      (_, batch) => loss + Math.sin(batch * 1.7) * 0.08 + spread * noise.normal(),
    );
    const mean = batchLosses.reduce((sum, value) => sum + value, 0) / BATCH_COUNT;
    evaluations.push({
      runId,
      step,
      loss: mean,
      batchLosses,
      trainingLoss: null,
      gradientNorm: null,
      learningRate: null,
      weightDistance: null,
      seconds: 0,
    });
  };
  const source = addRun(null, 'source', 'finished', 1000);
  for (const step of [0, 250, 500, 1000]) addEvaluation(source, step, 2.153 + 2.5 * 0.99 ** step, 0);
  rows.forEach((row, position) => {
    const name = plan.names?.[row[0]] ?? row[0];
    const id = row[0];
    candidates.push({
      id,
      studyId: 's',
      policy: '',
      growingPoint: 0,
      position,
      strategy: name,
      strategyJson: '{}',
      plan: row[1],
      exactness: row[2],
      repeat: 0,
      isControl: id === 'scratch',
    });
    const isDiverged = plan.diverged === id;
    const isWaiting = plan.waiting?.includes(id) ?? false;
    const reached = isDiverged || isWaiting ? 50 : 200;
    const probe = addRun(id, 'probe', isDiverged ? 'diverged' : isWaiting ? 'running' : 'finished', reached);
    for (const step of PROBE_STEPS.filter((value) => value <= reached)) {
      const cooled = 0.06 * (step / 200) ** 2 + 0.4 * (step / 200) * (1.93 - row[6]);
      addEvaluation(probe, step, lossAt(row, step) - cooled, step === 0 ? 0 : 0.012);
    }
    if (isDiverged) addEvaluation(probe, 100, Number.NaN, 0);
    if (plan.mode === 'audit') {
      const full = addRun(id, 'full', 'finished', 1000);
      for (const step of FULL_STEPS) addEvaluation(full, step, lossAt(row, step), step === 0 ? 0 : 0.01);
    }
  });
  const records: StudyRecords = {
    study: {
      id: '01JD8Q4T9Z',
      name: plan.name,
      mode: plan.mode,
      state: plan.state,
      seed: 11,
      specJson: '{}',
      specHash: '',
      factsJson: '{}',
      environmentJson: '{}',
      createdAt: '2026-11-20T09:12:44.000Z',
      updatedAt: '2026-11-20T09:15:10.000Z',
      reason: null,
    },
    candidates,
    runs,
    evaluations,
    decisions: [],
    events: [
      { at: '2026-11-20T09:12:44.000Z', kind: 'study-started', message: 'Pool of 12 strategies' },
      {
        at: '2026-11-20T09:13:20.000Z',
        kind: 'run-retried',
        message: 'Probe of dead: trainer process ended',
      },
    ].map((event, sequence) => ({ ...event, sequence, studyId: 's', runId: null })),
  };
  if (plan.waiting) return analyseStudy(records, facts);
  const evidence = selectStrategy(
    candidates.map((candidate) => ({
      strategy: candidate.strategy,
      position: candidate.position,
      isControl: candidate.isControl,
      state: runs.find((run) => run.id === `${candidate.id}-probe`)!.state,
      evaluations: evaluations.filter((evaluation) => evaluation.runId === `${candidate.id}-probe`),
    })),
    rule,
    11,
  );
  const chosen = candidates.find((candidate) => candidate.strategy === evidence.strategy)!;
  if (plan.mode === 'select') {
    const full = addRun(chosen.id, 'full', 'finished', 1000);
    const row = rows.find(([id]) => id === chosen.id)!;
    for (const step of FULL_STEPS) addEvaluation(full, step, lossAt(row, step), step === 0 ? 0 : 0.01);
  }
  return analyseStudy(
    {
      ...records,
      decisions: [
        {
          studyId: 's',
          policy: '',
          growingPoint: 0,
          rule: evidence.rule,
          lag: evidence.lag,
          chosenCandidateId: chosen.id,
          evidenceJson: JSON.stringify(evidence),
          decidedAt: '2026-11-20T09:14:02.000Z',
        },
      ],
    },
    facts,
  );
}

export const HOSTILE_NAME = "\"><script>alert('x')</script>";
export const FORMULA_NAME = '=HYPERLINK("http://127.0.0.1/","x")';

export const selectSample = (): StudyAnalysis =>
  build({ name: 'Moby-Dick, 4 to 8 layers', mode: 'select', state: 'finished', hasControl: false });

export const auditSample = (): StudyAnalysis =>
  build({ name: 'Moby-Dick, 4 to 8 layers, audit', mode: 'audit', state: 'finished', hasControl: true });

/** Decided, with a diverged candidate and names that try to leave their place. */
export const hostileSample = (): StudyAnalysis =>
  build({
    name: 'A & B <b>bold</b> | study',
    mode: 'select',
    state: 'running',
    hasControl: true,
    diverged: 'randBottom',
    names: {
      stack: HOSTILE_NAME,
      interleave: FORMULA_NAME,
      dupLast: 'aVeryLongStrategyNameWithoutAnySpaceThatGoesOnAndOnAndOn',
      randBottom: '| pipe `tick` ![i](http://127.0.0.1/i.png)',
      idCopyTop: '\u202Ereversed name',
    },
  });

/** Probes under way: no decision, no final loss. */
export const runningSample = (): StudyAnalysis =>
  build({
    name: 'Moby-Dick, under way',
    mode: 'audit',
    state: 'running',
    hasControl: false,
    waiting: MEASURED.slice(6).map(([name]) => name),
  });
