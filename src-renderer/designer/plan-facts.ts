/** What can be said about a plan in the page itself, within a frame of the edit. */
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { forwardFlopsPerToken, trainingFlopsPerStep } from '../../src-main/model/flops.ts';
import { countParameters } from '../../src-main/model/parameter-layout.ts';
import { sourcesOf } from './layer-operators.ts';

export interface PlanFacts {
  readonly parameters: number;
  readonly addedParameters: number;
  /** Of one forward pass. */
  readonly flopsPerToken: number;
  /** Against the source, 2 for twice as many. */
  readonly flopsRatio: number;
  readonly flopsPerStep: number;
  /** Source layers that the plan copies at least once; averages keep none. */
  readonly kept: number;
  /** Target layers beyond the first use of a source layer. */
  readonly added: number;
}

const known = new Map<string, number>();

/** Counting walks every parameter, so it is kept by depth and shape. */
function parametersOf(architecture: Architecture): number {
  const key = JSON.stringify(architecture);
  const value = known.get(key) ?? countParameters(architecture);
  if (known.size > 500) known.clear();
  known.set(key, value);
  return value;
}

export function factsOf(layers: readonly PlanEntry[], source: Architecture, batchSize: number): PlanFacts {
  const target = { ...source, layers: layers.length };
  const parameters = parametersOf(target);
  const copied = layers.map(sourcesOf).filter(({ length }) => length === 1);
  const kept = new Set(copied.flat().filter((layer) => layer < source.layers)).size;
  const flopsPerToken = forwardFlopsPerToken(target);
  return {
    parameters,
    addedParameters: parameters - parametersOf(source),
    flopsPerToken,
    flopsRatio: flopsPerToken / forwardFlopsPerToken(source),
    flopsPerStep: trainingFlopsPerStep(target, batchSize),
    kept,
    added: layers.length - kept,
  };
}
