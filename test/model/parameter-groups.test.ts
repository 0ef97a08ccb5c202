import { describe, expect, it } from 'vitest';
import { normalForm } from '../../src-main/growth/plan-normal-form.ts';
import { parsePlan } from '../../src-main/growth/plan-shorthand.ts';
import { groupIndexes, newLayerIndexes, splitByAge } from '../../src-main/model/parameter-groups.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { tinySpec } from '../engine/tiny-model.ts';

const newLayers = (plan: string, sourceLayers = 2): number[] =>
  newLayerIndexes(normalForm(parsePlan(plan, sourceLayers)));

describe('newLayerIndexes', () => {
  it('keeps the first plain copy of each source layer as old', () => {
    expect(newLayers('0 1 0 1')).toEqual([2, 3]);
    expect(newLayers('0 0 1 1')).toEqual([1, 3]);
    expect(newLayers('1 1 1 0')).toEqual([1, 2]);
  });

  it('counts identity, scaled, noisy, random and zero layers as new, whatever they copy', () => {
    expect(newLayers('0* 0 1 r')).toEqual([0, 3]);
    expect(newLayers('0~0.5 0~0.5 1 0')).toEqual([0, 1]);
    expect(newLayers('r r z i')).toEqual([0, 1, 2, 3]);
    // An average takes nothing from the layers it is made of: they stay old.
    expect(newLayers('0+1 0 0+1* 1')).toEqual([0, 2]);
    const [noisy, plain] = normalForm(parsePlan('0 1', 2));
    expect(newLayerIndexes([{ ...noisy!, noise: 0.1 }, plain!, noisy!])).toEqual([0]);
    expect(newLayerIndexes([{ ...noisy!, outScaleMlp: 0.5 }, plain!, noisy!])).toEqual([0]);
  });
});

describe('splitByAge', () => {
  it('puts everything outside the layers with the old', () => {
    const { architecture } = tinySpec({ layers: 4, tiedEmbedding: false });
    const { newer, older } = splitByAge(architecture, normalForm(parsePlan('0 0 1 r', 2)));
    expect(new Set(newer.map(({ layer }) => layer))).toEqual(new Set([1, 3]));
    expect(new Set(older.map(({ layer }) => layer))).toEqual(new Set([null, 0, 2]));
    expect(newer.length + older.length).toBe(parameterLayout(architecture).length);
  });
});

describe('groupIndexes', () => {
  const { architecture } = tinySpec();

  it('is one group of everything without groups, and leaves out what is in none', () => {
    const all = groupIndexes(architecture, undefined);
    expect([...all.keys()]).toEqual(parameterLayout(architecture).map(({ name }) => name));
    expect(new Set(all.values())).toEqual(new Set([0]));
    expect([...groupIndexes(architecture, [['lnf.g', 'wpe'], ['wte']])]).toEqual([
      ['wte', 1],
      ['wpe', 0],
      ['lnf.g', 0],
    ]);
  });

  it('refuses unknown names, names twice and groups of nothing', () => {
    expect(() => groupIndexes(architecture, [['h.2.ln1.g']])).toThrow(/names h\.2\.ln1\.g/);
    expect(() => groupIndexes(architecture, [['wte'], ['wte']])).toThrow(/in two groups/);
    expect(() => groupIndexes(architecture, [['wte'], []])).toThrow(/is empty/);
    expect(() => groupIndexes(architecture, [])).toThrow(/is empty/);
  });
});
