/**
 * A draft with one growing point as a stacking study, and back: what would be lost, and the change of the file where
 * nothing is. Pure functions on the YAML document.
 */
import type { Document } from 'yaml';
import type { Pool } from '../../src-main/contract/pool.ts';
import { stackingSpecSchema } from '../../src-main/contract/stacking.ts';
import { studySpecSchema } from '../../src-main/contract/study.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';

/** `one`: one growing point, the choice is continued. `stages`: adaptive stacking. */
export type GrowthMode = 'one' | 'stages';
export const GROWTH_MODES: readonly GrowthMode[] = ['one', 'stages'];

/** What the other kind of study has no place for. */
export type Loss =
  | 'audit'
  | 'sourceRecipe'
  | 'controls'
  | 'repeats'
  | 'moreStages'
  | 'budget'
  | 'triggers'
  | 'policies';

export type Switch =
  | { readonly kind: 'possible'; readonly to: GrowthMode; readonly change: (file: Document) => void }
  | { readonly kind: 'lossy'; readonly to: GrowthMode; readonly losses: readonly Loss[] }
  /** The file would not be valid; the sentence of the schema. */
  | { readonly kind: 'invalid'; readonly to: GrowthMode; readonly sentence: string };

/**
 * Whether a draft can become a study of the other kind.
 *
 * @param file its document, which is not changed
 * @param pool the pool it stands for
 */
export function modeSwitch(file: Document, spec: AnyStudySpec, pool: Pool): Switch {
  const to = spec.mode === 'stacking' ? 'one' : 'stages';
  const losses = spec.mode === 'stacking' ? lossesOfStages(spec, file) : lossesOfOne(spec, file, pool);
  if (losses.length > 0) return { kind: 'lossy', to, losses };
  const change = (changed: Document): void =>
    spec.mode === 'stacking' ? writeOne(changed, spec) : writeStages(changed, spec);
  const trial = file.clone();
  change(trial);
  const schema = to === 'one' ? studySpecSchema : stackingSpecSchema;
  const issue = schema.safeParse(trial.toJS()).error?.issues[0];
  return issue
    ? { kind: 'invalid', to, sentence: `${issue.path.join('.')}: ${issue.message}` }
    : { kind: 'possible', to, change };
}

type OneSpec = Exclude<AnyStudySpec, { mode: 'stacking' }>;
type StagesSpec = Extract<AnyStudySpec, { mode: 'stacking' }>;

function lossesOfOne(spec: OneSpec, file: Document, pool: Pool): Loss[] {
  return [
    ...(spec.mode === 'audit' ? (['audit'] as const) : []),
    ...(file.hasIn(['source', 'recipe']) ? (['sourceRecipe'] as const) : []),
    ...(pool.controls.length > 0 ? (['controls'] as const) : []),
    ...(spec.repeats > 0 ? (['repeats'] as const) : []),
  ];
}

function lossesOfStages({ stages, budget }: StagesSpec, file: Document): Loss[] {
  return [
    ...(stages.length > 2 ? (['moreStages'] as const) : []),
    ...(budget ? (['budget'] as const) : []),
    ...(stages.some(({ until }) => until !== undefined) ? (['triggers'] as const) : []),
    ...(file.has('policies') ? (['policies'] as const) : []),
  ];
}

/** Defaults that differ between the kinds are written out, so that they stay what they were. */
function keepDefaults(file: Document, { pool, decision }: AnyStudySpec): void {
  if (!file.has('pool') && typeof pool === 'string') file.set('pool', pool);
  if (!file.has('decision')) file.set('decision', file.createNode(decision, { flow: true }));
}

function writeStages(file: Document, spec: OneSpec): void {
  keepDefaults(file, spec);
  file.set('mode', 'stacking');
  const stages = file.createNode([
    { layers: spec.source.layers, steps: spec.source.steps },
    { layers: spec.target.layers, steps: spec.horizon },
  ]);
  for (const stage of stages.items) (stage as { flow?: boolean }).flow = true;
  file.set('stages', stages);
  for (const field of ['source', 'target', 'horizon', 'repeats', 'cooldownLags']) file.delete(field);
}

function writeOne(file: Document, spec: StagesSpec): void {
  keepDefaults(file, spec);
  const [source, target] = spec.stages;
  file.set('mode', 'select');
  file.set('source', file.createNode({ layers: source!.layers, steps: source!.steps }));
  file.set('target', file.createNode({ layers: target!.layers }));
  file.set('horizon', target!.steps);
  file.delete('stages');
}
