/**
 * The schedule of a study to scale: width is compute in FLOPs, height is depth. A study with one growing point is a
 * source, a search and a winner; adaptive stacking repeats search and stage. The search counts at its dearest: every
 * candidate to the end of the rule.
 */
import type { Document } from 'yaml';
import { lagOf } from '../../src-main/contract/decision.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { trainingFlopsPerStep } from '../../src-main/model/flops.ts';

export interface ScheduleBlock {
  readonly kind: 'train' | 'search';
  readonly layers: number;
  /** Steps of the stage, or of one probe. */
  readonly steps: number;
  /** Candidates that are probed; 1 for training. */
  readonly runs: number;
  readonly flops: number;
  /** Growing point that a search belongs to, and stage index of training. */
  readonly index: number;
  /** Steps that can be edited; false where a budget or a repeated use decides. */
  readonly isEditable: boolean;
}

export interface Schedule {
  readonly blocks: readonly ScheduleBlock[];
  readonly flops: number;
  readonly searchFlops: number;
}

/** @param candidates number of candidates at each growing point */
export function scheduleOf(spec: AnyStudySpec, vocabulary: number, candidates: readonly number[]): Schedule {
  const { model } = spec;
  const cost = (layers: number, batchSize: number): number =>
    trainingFlopsPerStep({ ...model, layers, vocabulary }, batchSize);
  const lag = lagOf(spec.decision);
  const blocks: ScheduleBlock[] = [];
  const train = (
    index: number,
    layers: number,
    steps: number,
    batchSize: number,
    isEditable = true,
  ): void => {
    blocks.push({
      kind: 'train',
      index,
      layers,
      steps,
      runs: 1,
      flops: steps * cost(layers, batchSize),
      isEditable,
    });
  };
  const search = (index: number, layers: number): void => {
    const runs = candidates[index] ?? 0;
    const flops = runs * lag * cost(layers, spec.recipe.batchSize);
    blocks.push({
      kind: 'search',
      index,
      layers,
      steps: lag,
      runs,
      flops,
      isEditable: lagField(spec) !== null,
    });
  };
  if (spec.mode === 'stacking') {
    const steps = stageSteps(spec, (layers) => cost(layers, spec.recipe.batchSize));
    spec.stages.forEach(({ layers }, index) => {
      if (index > 0) search(index - 1, layers);
      train(index, layers, steps[index]!, spec.recipe.batchSize, spec.budget === undefined);
    });
  } else {
    train(0, spec.source.layers, spec.source.steps, spec.source.recipe.batchSize);
    search(0, spec.target.layers);
    train(1, spec.target.layers, spec.horizon, spec.recipe.batchSize);
  }
  const sum = (some: readonly ScheduleBlock[]): number => some.reduce((total, { flops }) => total + flops, 0);
  return { blocks, flops: sum(blocks), searchFlops: sum(blocks.filter(({ kind }) => kind === 'search')) };
}

function stageSteps(spec: AnyStudySpec & { mode: 'stacking' }, cost: (layers: number) => number): number[] {
  const { stages, budget } = spec;
  const split = budget?.split ?? 'equal';
  const weights =
    typeof split !== 'string'
      ? split
      : stages.map((_, index) =>
          split === 'equal' ? 1 : split === 'growing' ? index + 1 : stages.length - index,
        );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return stages.map(({ layers, steps }, index) => {
    if (steps !== undefined) return steps;
    const share = (weights[index] ?? 1) / total;
    return Math.round(share * (budget?.steps ?? (budget?.flops ?? 0) / cost(layers)));
  });
}

/** Steps to which a boundary snaps; 1 with Alt. */
export const SNAP_STEPS = 50;

export function snapped(steps: number, isFine: boolean): number {
  const to = isFine ? 1 : SNAP_STEPS;
  return Math.max(to === 1 ? 1 : to, Math.round(steps / to) * to);
}

/** Writes the steps of a block into the study file. */
export function setBlockSteps(
  document: Document,
  spec: AnyStudySpec,
  block: Pick<ScheduleBlock, 'kind' | 'index'>,
  steps: number,
): void {
  const field = lagField(spec);
  if (block.kind === 'search') {
    if (field === null) return;
    if (!document.hasIn(['decision', 'rule'])) document.setIn(['decision', 'rule'], spec.decision.rule);
    document.setIn(['decision', field], steps);
  } else if (spec.mode === 'stacking') document.setIn(['stages', block.index, 'steps'], steps);
  else if (block.index === 0) document.setIn(['source', 'steps'], steps);
  else document.set('horizon', steps);
}

/** Field of the decision rule that says how long a probe lasts; null where a list of steps says it. */
function lagField({ decision }: AnyStudySpec): 'lag' | 'maxLag' | null {
  if ('lag' in decision) return 'lag';
  return 'maxLag' in decision && decision.maxLag !== undefined ? 'maxLag' : null;
}
