/** Records of a small audit with round numbers, for tests that compute by hand. */
import type { DecisionEvidence } from '../../src-main/contract/analysis.ts';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { type DecisionRule, decisionRuleSchema } from '../../src-main/contract/decision.ts';
import type {
  CandidateRecord,
  EvaluationRecord,
  RunKind,
  RunRecord,
  RunState,
} from '../../src-main/contract/records.ts';
import type { StudyFacts, StudyRecords } from '../../src-main/lag/analysis.ts';
import { selectStrategy } from '../../src-main/lag/selection.ts';

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
export const rule = decisionRuleSchema.parse({ rule: 'cooldown', lag: 20, resamples: 200 });
const HORIZON = 100;
const STEPS = [0, 10, 20, 50, 92, 96, 100];

export const facts: StudyFacts = {
  rule,
  horizon: HORIZON,
  pool: 'demo',
  operators: { stack: 'depth.stack' },
  duplicates: [],
  source: { architecture, parameters: 209_000, steps: 50, reused: false },
  target: { architecture: { ...architecture, layers: 8 }, parameters: 408_000, flopsPerStep: 1000 },
  data: { corpus: 'text', tokenizer: 'char', trainingTokens: 1, validationTokens: 1, contentHash: 'x' },
  studyYaml: 'name: x\n',
  reproduce: 'espalier run x.yaml',
  environment: {},
};

interface Story {
  readonly probe: number;
  readonly initial: number;
  /** Losses of the full run at STEPS; empty for none. */
  readonly full?: readonly number[];
  readonly isControl?: boolean;
  readonly state?: RunState;
  readonly repeat?: number;
}

export function records(stories: Readonly<Record<string, Story>>, mode: 'select' | 'audit'): StudyRecords {
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
      seconds: stepsDone / 10,
      flops: stepsDone * 1000,
      architecture,
      computeDevice: null,
      device: 'cpu',
      reason: state === 'diverged' ? 'loss became NaN' : null,
    });
    return id;
  };
  const addEvaluation = (runId: string, step: number, loss: number): void => {
    evaluations.push({
      runId,
      step,
      loss,
      batchLosses: Float32Array.from([-0.1, 0, 0.1, 0], (shift) => loss + shift),
      trainingLoss: null,
      gradientNorm: null,
      learningRate: null,
      weightDistance: null,
      seconds: 0,
    });
  };
  addEvaluation(addRun(null, 'source', 'finished', 50), 50, 2.5);
  Object.entries(stories).forEach(([name, story], position) => {
    const { repeat = 0, isControl = false, state = 'finished' } = story;
    candidates.push({
      id: name,
      studyId: 's',
      policy: '',
      growingPoint: 0,
      position,
      strategy: name,
      strategyJson: '{}',
      plan: '0 1',
      exactness: 'none',
      repeat,
      isControl,
    });
    const probe = addRun(name, 'probe', state, 20);
    // Stored out of order on purpose: readers sort by step.
    addEvaluation(probe, 20, story.probe);
    addEvaluation(probe, 0, story.initial);
    if (story.full) {
      const full = addRun(name, 'full', 'finished', HORIZON);
      story.full.forEach((loss, index) => {
        addEvaluation(full, STEPS[index]!, loss);
      });
    }
  });
  const study: StudyRecords['study'] = {
    id: 's',
    name: 'study',
    mode,
    state: 'finished',
    seed: 11,
    specJson: '{}',
    specHash: '',
    factsJson: '{}',
    environmentJson: '{}',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    reason: null,
  };
  return { study, candidates, runs, evaluations, decisions: [], events: [] };
}

export function decided(given: StudyRecords, by: DecisionRule = rule): StudyRecords {
  const kind = by.rule === 'cooldown' ? 'probe' : 'full';
  const evidence = selectStrategy(
    given.candidates.map((candidate) => {
      const run = given.runs.find((entry) => entry.candidateId === candidate.id && entry.kind === kind)!;
      return {
        strategy: candidate.strategy,
        position: candidate.position,
        isControl: candidate.isControl,
        state: run.state,
        evaluations: given.evaluations.filter((evaluation) => evaluation.runId === run.id),
      };
    }),
    by,
    11,
  );
  return withDecision(given, evidence);
}

export function withDecision(given: StudyRecords, evidence: DecisionEvidence): StudyRecords {
  return {
    ...given,
    decisions: [
      {
        studyId: 's',
        policy: '',
        growingPoint: 0,
        rule: evidence.rule,
        lag: evidence.lag,
        chosenCandidateId: evidence.strategy,
        evidenceJson: JSON.stringify(evidence),
        decidedAt: '2026-01-01T00:00:00.000Z',
      },
    ],
  };
}

export const audit = (): StudyRecords =>
  decided(
    records(
      {
        keep: { probe: 2.3, initial: 2.5, full: [2.5, 2.6, 2.45, 2.4, 2.12, 2.1, 2.08] },
        trap: { probe: 2.4, initial: 2.5 + 2e-6, full: [2.500002, 2.4, 2.41, 2.39, 2.3, 2.3, 2.3] },
        stack: { probe: 2.2, initial: 3, full: [3, 2.7, 2.5, 2.3, 2.02, 2.0, 1.98] },
        scratch: { probe: 4, initial: 4.5, isControl: true, full: [4.5, 4, 3.9, 3.5, 3, 3, 3] },
      },
      'audit',
    ),
  );
