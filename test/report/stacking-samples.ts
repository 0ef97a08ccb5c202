/**
 * A stacking study from 2 to 4 to 8 layers for the report tests, with round numbers: a policy that chooses, its
 * search paid and free, one that always stacks, and training from scratch.
 */
import type { DecisionEvidence } from '../../src-main/contract/analysis.ts';
import type {
  GrowingPointAnalysis,
  PolicyAnalysis,
  StackingAnalysis,
  StageAnalysis,
} from '../../src-main/contract/stacking-analysis.ts';
import { growingStrategySchema } from '../../src-main/contract/strategy.ts';
import { compileStrategy } from '../../src-main/growth/compile-strategy.ts';
import { printPlan } from '../../src-main/growth/plan-shorthand.ts';
import { layerOrigins } from '../../src-main/lag/layer-origins.ts';

export const FLOPS_PER_LAYER = 1e6;
const DEPTHS = [2, 4, 8];
const STEPS = [100, 100, 200];
export const BUDGET = DEPTHS.reduce(
  (sum, layers, stage) => sum + layers * STEPS[stage]! * FLOPS_PER_LAYER,
  0,
);

const STRATEGIES = {
  stack: growingStrategySchema.parse({ name: 'stack', operator: 'stack' }),
  idRandTop: growingStrategySchema.parse({ name: 'idRandTop', operator: 'identityRandom', position: 'top' }),
} as const;
type Name = keyof typeof STRATEGIES;

const planOf = (name: Name, from: number, to: number) => compileStrategy(STRATEGIES[name], from, to).plan!;

function stage(index: number, strategy: Name | null, over: Partial<StageAnalysis> = {}): StageAnalysis {
  const layers = DEPTHS[index]!;
  const flopsPerStep = layers * FLOPS_PER_LAYER;
  const steps = over.steps ?? STEPS[index]!;
  const start = 4 - index;
  return {
    stage: index,
    layers,
    strategy,
    plan: strategy === null ? null : printPlan(planOf(strategy, DEPTHS[index - 1]!, layers)),
    state: 'finished',
    stepsPlanned: STEPS[index]!,
    steps,
    flops: steps * flopsPerStep,
    seconds: steps / 10,
    flopsBefore: DEPTHS.slice(0, index).reduce(
      (sum, depth, at) => sum + depth * STEPS[at]! * FLOPS_PER_LAYER,
      0,
    ),
    flopsPerStep,
    initialLoss: start,
    endLoss: start - 1,
    curve: [0, 0.5, 1].map((share) => ({ step: share * steps, loss: start - share })),
    triggerReadings: [],
    ...over,
  };
}

const evidence = (strategy: Name, other: Name, tied: boolean): DecisionEvidence => ({
  strategy,
  rule: 'cooldown',
  lag: 20,
  values: [
    { strategy, value: 2.5 },
    { strategy: other, value: 2.6 },
  ],
  margin: { estimate: 0.1, low: tied ? -0.02 : 0.05, high: 0.15 },
  runnerUp: other,
  tie: tied ? [strategy, other] : [strategy],
  noise: 'Compared is the loss of the probe.',
  noiseFloor: null,
  initialLossPicks: ['idRandTop'],
  metric: 'loss',
  trainedTo: { [strategy]: 20, [other]: 20 },
  rounds: null,
  stoppedBecause: null,
});

function point(
  index: number,
  strategy: Name,
  over: Partial<GrowingPointAnalysis> = {},
): GrowingPointAnalysis {
  const [from, to] = [DEPTHS[index]!, DEPTHS[index + 1]!];
  const other = strategy === 'stack' ? 'idRandTop' : 'stack';
  return {
    growingPoint: index,
    fromLayers: from,
    toLayers: to,
    strategy,
    decision: evidence(strategy, other, index === 1),
    probes: (['stack', 'idRandTop'] as const).map((name) => ({
      strategy: name,
      plan: printPlan(planOf(name, from, to)),
      state: 'finished' as const,
      curve: [0, 10, 20].map((step) => ({ step, loss: 3 - step / 40 + (name === 'stack' ? 0.1 : 0) })),
    })),
    searchFlops: 40 * to * FLOPS_PER_LAYER,
    searchSteps: 40,
    searchSeconds: 4,
    ...over,
  };
}

const fixedPoint = (index: number, strategy: Name): GrowingPointAnalysis =>
  point(index, strategy, {
    decision: null,
    probes: [],
    searchFlops: 0,
    searchSteps: 0,
    searchSeconds: 0,
  });

function policy(name: string, over: Partial<PolicyAnalysis>): PolicyAnalysis {
  const stages = over.stages ?? [];
  const growingPoints = over.growingPoints ?? [];
  const trainingFlops = stages.reduce((sum, { flops }) => sum + flops, 0);
  const searchFlops = growingPoints.reduce((sum, one) => sum + one.searchFlops, 0);
  const grown = stages
    .slice(1)
    .map(({ strategy }, at) => planOf(strategy as Name, DEPTHS[at]!, DEPTHS[at + 1]!));
  return {
    name,
    specName: name.replace(/ \(search .*/, ''),
    policy: 'fixed',
    search: null,
    state: 'finished',
    reason: null,
    stages,
    growingPoints,
    trainingFlops,
    searchFlops,
    totalFlops: trainingFlops + searchFlops,
    finalLoss: null,
    rank: null,
    margin: null,
    lineage: grown.length === DEPTHS.length - 1 ? layerOrigins(grown, DEPTHS.at(-1)!) : [],
    seconds: 12,
    ...over,
  };
}

const chosen = [point(0, 'idRandTop'), point(1, 'stack')];
const searched = chosen.map(({ searchFlops }) => searchFlops);
const lagFree = policy('lag (search free)', {
  policy: 'lag',
  search: 'free',
  stages: [stage(0, null), stage(1, 'idRandTop'), stage(2, 'stack')],
  growingPoints: chosen,
  finalLoss: 1.8,
  rank: 1,
});
const lagCharged = policy('lag (search charged)', {
  policy: 'lag',
  search: 'charged',
  stages: [
    stage(0, null),
    stage(1, 'idRandTop', { flopsBefore: stage(1, null).flopsBefore + searched[0]! }),
    stage(2, 'stack', {
      steps: 140,
      stepsPlanned: 140,
      flopsBefore: stage(2, null).flopsBefore + searched[0]! + searched[1]!,
    }),
  ],
  growingPoints: chosen,
  finalLoss: 1.95,
  rank: 3,
  margin: { estimate: 0.15, low: 0.14, high: 0.16 },
});
const alwaysStack = policy('always stack', {
  stages: [stage(0, null), stage(1, 'stack'), stage(2, 'stack')],
  growingPoints: [fixedPoint(0, 'stack'), fixedPoint(1, 'stack')],
  finalLoss: 1.9,
  rank: 2,
  margin: { estimate: 0.1, low: 0.09, high: 0.11 },
});
const scratch = policy('scratch', {
  policy: 'scratch',
  stages: [stage(2, null, { stage: 0, flopsBefore: 0, steps: 275, stepsPlanned: 275 })],
  finalLoss: 2.1,
  rank: 4,
  margin: { estimate: 0.3, low: 0.28, high: 0.32 },
});

export const stackingSample = (over: Partial<StackingAnalysis> = {}): StackingAnalysis => ({
  id: 'b13132e8b13c',
  name: 'adaptive stacking',
  mode: 'stacking',
  state: 'finished',
  reason: null,
  seed: 7,
  createdAt: '2026-11-20T09:12:44.000Z',
  stages: DEPTHS.map((layers, index) => ({
    layers,
    steps: STEPS[index]!,
    flopsPerStep: layers * FLOPS_PER_LAYER,
  })),
  budgetFlops: BUDGET,
  largestBudgetError: 0.0005,
  architecture: {
    layers: 8,
    vocabulary: 96,
    width: 48,
    heads: 4,
    context: 48,
    mlpRatio: 4,
    activation: 'relu',
    tiedEmbedding: true,
    attentionBias: false,
    dropout: 0,
  },
  parameters: 230_000,
  data: {
    corpus: 'Moby-Dick',
    tokenizer: 'character',
    trainingTokens: 1_072_739,
    validationTokens: 119_194,
    contentHash: '5e0c5b3e',
  },
  pool: 'adaptive',
  rule: 'cooldown',
  policies: [lagCharged, lagFree, alwaysStack, scratch],
  finalLossDefinition: 'The final loss is the mean of the last evaluations.',
  studyYaml: 'name: adaptive stacking\nmode: stacking\n',
  reproduce: 'espalier study run adaptive-stacking.yaml',
  deviceUse: [],
  environment: { program: 'Espalier 0.1.0' },
  events: [{ at: '2026-11-20T09:13:20.000Z', kind: 'decided', message: 'idRandTop was chosen' }],
  ...over,
});

/** Under way: one policy ended, one probes its second growing point, one diverged, one has not begun. */
export function partialStackingSample(state: StackingAnalysis['state'] = 'running'): StackingAnalysis {
  const none = { rank: null, margin: null, finalLoss: null } as const;
  const probing = point(1, 'stack', {
    strategy: null,
    decision: null,
    probes: [
      {
        strategy: 'stack',
        plan: '0 1 2 3 0 1 2 3',
        state: 'finished',
        curve: [
          { step: 0, loss: 3 },
          { step: 20, loss: 2.6 },
        ],
      },
      { strategy: 'idRandTop', plan: '0 1 2 3 i i i i', state: 'running', curve: [{ step: 0, loss: 2.9 }] },
    ],
    searchFlops: 25 * 8 * FLOPS_PER_LAYER,
  });
  const waiting = { state: 'waiting', steps: 0, curve: [], initialLoss: null, endLoss: null } as const;
  return stackingSample({
    state,
    reason: state === 'interrupted' ? 'stopped by the user' : null,
    largestBudgetError: 0,
    policies: [
      {
        ...lagCharged,
        ...none,
        state: 'running',
        stages: [...lagCharged.stages.slice(0, 2), stage(2, null, { ...waiting, flopsBefore: 1.2e9 })],
        growingPoints: [chosen[0]!, probing],
        lineage: [],
      },
      { ...alwaysStack, rank: null, margin: null },
      {
        ...policy('always idRandTop', {}),
        ...none,
        state: 'diverged',
        reason: 'the training loss became NaN at step 30',
        stages: [
          stage(0, null),
          stage(1, 'idRandTop', {
            state: 'diverged',
            steps: 30,
            endLoss: null,
            curve: [
              { step: 0, loss: 3 },
              { step: 30, loss: null },
            ],
          }),
          stage(2, null, waiting),
        ],
        growingPoints: [fixedPoint(0, 'idRandTop'), { ...fixedPoint(1, 'idRandTop'), strategy: null }],
      },
      { ...scratch, ...none, state: 'waiting', stages: [{ ...scratch.stages[0]!, ...waiting, flops: 0 }] },
    ],
  });
}

/** Planned: no run has been made. */
export function emptyStackingSample(): StackingAnalysis {
  const full = partialStackingSample('planned');
  return {
    ...full,
    largestBudgetError: null,
    events: [],
    policies: full.policies.map((one) => ({
      ...one,
      state: 'waiting',
      reason: null,
      finalLoss: null,
      lineage: [],
      trainingFlops: 0,
      searchFlops: 0,
      totalFlops: 0,
      seconds: 0,
      stages: one.stages.map((each) => ({
        ...each,
        strategy: null,
        plan: null,
        state: 'waiting',
        steps: 0,
        flops: 0,
        flopsBefore: 0,
        curve: [],
        initialLoss: null,
        endLoss: null,
      })),
      growingPoints: one.growingPoints.map((each) => ({
        ...each,
        strategy: null,
        decision: null,
        probes: [],
        searchFlops: 0,
      })),
    })),
  };
}

export const HOSTILE = '"><script>alert(1)</script>| `x` ![i](http://127.0.0.1/i.png)';

/** Every string that a study file can hold is hostile. */
export function hostileStackingSample(): StackingAnalysis {
  const text = JSON.stringify(stackingSample());
  const named = text.replaceAll('idRandTop', JSON.stringify(HOSTILE).slice(1, -1));
  const analysis = JSON.parse(named) as StackingAnalysis;
  return {
    ...analysis,
    name: HOSTILE,
    pool: HOSTILE,
    reason: HOSTILE,
    studyYaml: `a: |\n  \`\`\`\n  ${HOSTILE}\n`,
    environment: { [HOSTILE]: HOSTILE },
    events: [{ at: HOSTILE, kind: HOSTILE, message: HOSTILE }],
    policies: analysis.policies.map((one) => ({ ...one, name: `${one.name} ${HOSTILE}` })),
  };
}
