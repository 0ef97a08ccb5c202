/**
 * Which parameters learn when, and with which scalars. Most runs have one phase in which everything learns alike.
 * A recipe that trains new layers first has two; between them the run goes on in a new session of another compiled
 * model. Adam's step counter of a parameter counts the steps since that parameter began to learn, so its bias
 * correction is that of a fresh start; a straight-line reference in the tests pins this.
 */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { LayerLineage } from '../contract/layer-plan.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { AdamWSettings, StepScalars } from '../model/adamw.ts';
import { stepScalars } from '../model/adamw.ts';
import { learningRateFactor } from '../model/mup.ts';
import { type ParameterGroups, splitByAge } from '../model/parameter-groups.ts';
import { type ParameterSpec, parameterLayout } from '../model/parameter-layout.ts';

interface PhaseGroup {
  readonly parameters: readonly string[];
  /** Steps of the run before the group begins to learn. */
  readonly waits: number;
  /** Factor on the schedule's learning rate (muP). */
  readonly rateFactor: number;
}

export interface TrainingPhase {
  /** Last step of the phase; Infinity for the last phase. */
  readonly untilStep: number;
  /** Null when everything learns alike, from step 1 on. */
  readonly groups: readonly PhaseGroup[] | null;
}

/**
 * The phases of a run, in order.
 *
 * With `trainable: newLayers` the parameters outside the layers count as old, also those of the control from scratch,
 * which has inherited none: its embeddings stay as they were drawn while they are frozen.
 * @param lineage Of the model at the growing point; null when it was not grown.
 * @throws EspalierError `bad-input` when only new layers are to learn and there are none
 */
export function trainingPhases(
  { trainable, frozenSteps }: Pick<Recipe, 'trainable' | 'frozenSteps'>,
  architecture: Architecture,
  lineage: readonly LayerLineage[] | null,
): TrainingPhase[] {
  const untilStep = Number.POSITIVE_INFINITY;
  const group = (parameters: readonly ParameterSpec[], waits: number): PhaseGroup[] =>
    byRateFactor(architecture, parameters, waits);
  if (trainable !== 'newLayers') {
    const groups = group(parameterLayout(architecture), 0);
    return [{ untilStep, groups: groups.every(({ rateFactor }) => rateFactor === 1) ? null : groups }];
  }
  const { newer, older } = splitByAge(architecture, lineage ?? []);
  if (lineage === null || newer.length === 0)
    throw new EspalierError(
      'bad-input',
      `recipe.trainable is newLayers, but the model ${lineage === null ? 'was not grown' : 'has no new layer'}; it must have one`,
      { hint: 'Use trainable: all in the recipe of the source and of models that are not grown.' },
    );
  const first = group(newer, 0);
  if (frozenSteps === undefined) return [{ untilStep, groups: first }];
  return [
    { untilStep: frozenSteps, groups: first },
    { untilStep, groups: [...first, ...group(older, frozenSteps)] },
  ];
}

/** One group for each factor on the learning rate, in the order in which the factors appear. */
function byRateFactor(
  architecture: Architecture,
  parameters: readonly ParameterSpec[],
  waits: number,
): PhaseGroup[] {
  const factors = Map.groupBy(parameters, (parameter) => learningRateFactor(architecture, parameter));
  return Array.from(factors, ([rateFactor, members]) => ({
    parameters: members.map(({ name }) => name),
    waits,
    rateFactor,
  }));
}

/** The phase that a run is in when it goes on after `step` steps. */
export function phaseAfter(phases: readonly TrainingPhase[], step: number): TrainingPhase {
  return phases.find(({ untilStep }) => step < untilStep) ?? phases.at(-1)!;
}

/** The phase's groups as a training spec has them; undefined for one group of everything. */
export function groupsOf({ groups }: TrainingPhase): ParameterGroups | undefined {
  return groups?.map(({ parameters }) => parameters);
}

/**
 * Scalars of one step, one set for each group of the phase.
 * @param step Training step from 1.
 * @param adamStepOffset Adam's step counter at the growing point.
 */
export function phaseScalars(
  { groups }: TrainingPhase,
  settings: AdamWSettings,
  { learningRate, step, adamStepOffset }: { learningRate: number; step: number; adamStepOffset: number },
): StepScalars[] {
  const count = adamStepOffset + step;
  return (
    groups?.map(({ waits, rateFactor }) =>
      stepScalars(settings, learningRate * rateFactor, count - waits),
    ) ?? [stepScalars(settings, learningRate, count)]
  );
}
