/** Records for the tests of the history. */
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { CandidateRecord, EvaluationRecord, RunRecord } from '../../src-main/contract/records.ts';
import type { History, NewStudy } from '../../src-main/history/history.ts';

export const architecture: Architecture = {
  width: 8,
  heads: 2,
  context: 4,
  mlpRatio: 2,
  activation: 'relu',
  tiedEmbedding: true,
  attentionBias: true,
  dropout: 0,
  layers: 2,
  vocabulary: 5,
};

export const study = (id: string, over: Partial<NewStudy> = {}): NewStudy => ({
  id,
  name: `study ${id}`,
  mode: 'select',
  seed: 2 ** 53 - 1,
  specJson: '{"a":1}',
  specHash: `spec ${id}`,
  factsJson: '{}',
  environmentJson: '{}',
  ...over,
});

export const candidate = (
  id: string,
  studyId: string,
  over: Partial<CandidateRecord> = {},
): CandidateRecord => ({
  id,
  studyId,
  policy: '',
  growingPoint: 0,
  position: 0,
  strategy: id,
  strategyJson: '{}',
  plan: '0 1 0 1',
  exactness: 'none',
  repeat: 0,
  isControl: false,
  ...over,
});

export const run = (id: string, studyId: string, over: Partial<RunRecord> = {}): RunRecord => ({
  id,
  studyId,
  candidateId: null,
  kind: 'source',
  state: 'waiting',
  stepsPlanned: 100,
  stepsDone: 0,
  attempts: 0,
  peakMemoryBytes: null,
  seconds: 0,
  flops: 0,
  architecture,
  computeDevice: null,
  device: 'reference',
  reason: null,
  ...over,
});

export const evaluation = (
  runId: string,
  step: number,
  over: Partial<EvaluationRecord> = {},
): EvaluationRecord => ({
  runId,
  step,
  loss: 2.5,
  batchLosses: Float32Array.of(2.25, 2.75),
  trainingLoss: 2.6,
  gradientNorm: 0.5,
  learningRate: 0.002,
  weightDistance: 0.125,
  seconds: 1.25,
  ...over,
});

export const hash = (digit: string): string => digit.repeat(64);

/** A history with study `s`, its source run `source`, candidate `c` and that one's probe `probe`. */
export function fill(history: History): History {
  history.createStudy(study('s'));
  history.addCandidates([candidate('c', 's')]);
  history.createRun(run('source', 's'));
  history.createRun(run('probe', 's', { candidateId: 'c', kind: 'probe' }));
  return history;
}
