/** Tensors of a model as one reads them: those that every layer has, in one line. */
import type { HeldTensor } from './safetensors-header.ts';

export interface TensorGroup {
  /** Name with `*` in place of the layer's number. */
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Numbers of the layers that have it, ascending; empty for what belongs to no layer. */
  readonly layers: readonly number[];
  /** In all layers together. */
  readonly values: number;
}

/** The first whole number that stands between dots: `h.11.attn.c_attn.weight`, `model.layers.3.mlp.up_proj.weight`. */
const LAYER = /(^|\.)(\d+)(?=\.)/;

/** Groups of equal name but for the layer, type and shape, in the order of their first tensors. */
export function tensorGroups(tensors: readonly HeldTensor[]): TensorGroup[] {
  const groups = new Map<string, { tensor: HeldTensor; name: string; layers: number[]; count: number }>();
  for (const tensor of tensors) {
    const layer = LAYER.exec(tensor.name)?.[2];
    const name = tensor.name.replace(LAYER, '$1*');
    const key = JSON.stringify([name, tensor.dtype, tensor.shape]);
    const group = groups.get(key) ?? { tensor, name, layers: [], count: 0 };
    if (layer !== undefined) group.layers.push(Number(layer));
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()].map(({ tensor: { dtype, shape }, name, layers, count }) => ({
    name,
    dtype,
    shape,
    layers: layers.toSorted((a, b) => a - b),
    values: count * shape.reduce((product, size) => product * size, 1),
  }));
}

/** Number of different layers, in the groups of the name that most tensors share (`h.*` before `experts.*`). */
export function layerCount(groups: readonly TensorGroup[]): number {
  const byPrefix = new Map<string, Set<number>>();
  for (const { name, layers } of groups) {
    if (layers.length === 0) continue;
    const prefix = name.slice(0, name.indexOf('*'));
    const known = byPrefix.get(prefix) ?? new Set();
    for (const layer of layers) known.add(layer);
    byPrefix.set(prefix, known);
  }
  return Math.max(0, ...[...byPrefix.values()].map(({ size }) => size));
}

/** `0 to 11`, `0, 2, 4`: runs of numbers in words. */
export function layersInWords(layers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const layer of layers) {
    const last = runs.at(-1);
    if (last && layer <= last[1] + 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
}
