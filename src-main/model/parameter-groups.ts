/**
 * Which parameters learn, and which of them share their step scalars (learning rate and bias corrections). A group
 * is a list of parameter names; parameters of no group are frozen: no gradient is formed for them, so they take no
 * part in the gradient norm, are not decayed, and keep their values and moments to the last bit.
 */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { LayerLineage } from '../contract/layer-plan.ts';
import type { ParameterSpec } from './parameter-layout.ts';
import { parameterLayout } from './parameter-layout.ts';

/** Names group by group; a name belongs to one group at most. */
export type ParameterGroups = readonly (readonly string[])[];

/**
 * The group of every parameter that learns, by name and in layout order. Without groups all belong to group 0.
 * @throws EspalierError `bad-input` for an unknown name, one that is there twice, or groups without parameters
 */
export function groupIndexes(
  architecture: Architecture,
  groups: ParameterGroups | undefined,
): ReadonlyMap<string, number> {
  const names = parameterLayout(architecture).map(({ name }) => name);
  if (groups === undefined) return new Map(names.map((name) => [name, 0]));
  const wanted = new Map(groups.flatMap((group, index) => group.map((name) => [name, index] as const)));
  const known = new Set(names);
  const unknown = [...wanted.keys()].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new EspalierError('bad-input', `a parameter group names ${unknown}; the architecture has none`);
  if (wanted.size !== groups.reduce((sum, group) => sum + group.length, 0))
    throw new EspalierError('bad-input', 'a parameter is in two groups; it must be in one at most');
  if (wanted.size === 0 || groups.some((group) => group.length === 0))
    throw new EspalierError('bad-input', 'a parameter group is empty; it must have a parameter');
  return new Map(names.filter((name) => wanted.has(name)).map((name) => [name, wanted.get(name)!]));
}

/**
 * The layers that a growth added. A layer is old when it is the first plain copy of its source layer: unscaled and
 * without noise. Everything else is new: later copies, scaled, noisy and identity layers, averages, random and zero
 * ones.
 * @returns indexes from the bottom, ascending
 */
export function newLayerIndexes(lineage: readonly LayerLineage[]): number[] {
  const copied = new Set<number>();
  return lineage.flatMap(({ kind, from, outScale, outScaleMlp, noise }, index) => {
    const isPlain = kind === 'copy' && outScale === 1 && outScaleMlp === 1 && noise === 0;
    if (!isPlain || from === null || copied.has(from)) return [index];
    copied.add(from);
    return [];
  });
}

/** Parameters of the layers that a growth added, and all others: old layers and everything outside layers. */
export function splitByAge(
  architecture: Architecture,
  lineage: readonly LayerLineage[],
): { readonly newer: ParameterSpec[]; readonly older: ParameterSpec[] } {
  const newLayers = new Set(newLayerIndexes(lineage));
  const isNew = ({ layer }: ParameterSpec): boolean => layer !== null && newLayers.has(layer);
  const layout = parameterLayout(architecture);
  return { newer: layout.filter(isNew), older: layout.filter((parameter) => !isNew(parameter)) };
}
