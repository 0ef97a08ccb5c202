import { describe, expect, it } from 'vitest';
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { checkDepths, checkPlan } from '../../src-main/growth/plan-check.ts';
import { parsePlan } from '../../src-main/growth/plan-shorthand.ts';

const copy = { kind: 'copy', layer: 0 } as const;

describe('checkPlan', () => {
  it('accepts a plan that drops layers', () => {
    expect(() => checkPlan(parsePlan('0 3', 4), 4, 2)).not.toThrow();
  });

  it('demands the source depth the plan was made for and one entry for each target layer', () => {
    expect(() => checkPlan(parsePlan('0 1', 2), 3, 2)).toThrow(/source of 2 layers.*has 3.*E_PLAN_LENGTH/);
    expect(() => checkPlan(parsePlan('0 1', 2), 2, 4)).toThrow(/2 entries.*4 layers.*E_PLAN_LENGTH/);
  });

  it.each<[PlanEntry, RegExp]>([
    [{ body: { kind: 'copy', layer: 2 } }, /layer 0 copies source layer 2.*0 to 1/],
    [{ body: { kind: 'copy', layer: -1 } }, /source layer -1/],
    [{ body: { kind: 'copy', layer: 0.5 } }, /source layer 0.5/],
    [{ body: { kind: 'average', layer: 0, and: 2 } }, /layer 0 averages source layer 2.*0 to 1/],
    [{ body: { kind: 'average', layer: -1, and: 1 } }, /averages source layer -1/],
    [{ body: { kind: 'average', layer: 0, and: 1 }, noise: 2 }, /noise 2.*0…1/],
    [{ body: copy, outScale: 4.5 }, /outScale 4.5.*-4…4/],
    [{ body: copy, outScaleMlp: Number.NaN }, /outScaleMlp NaN/],
    [{ body: copy, noise: 1.5 }, /noise 1.5.*0…1/],
    [{ body: copy, noise: -0.1 }, /noise -0.1/],
    [{ body: { kind: 'random' }, noise: 0.1 }, /noise 0.1 on a random body/],
    [{ body: { kind: 'zero' }, noise: 0.1 }, /noise 0.1 on a zero body/],
  ])('refuses the entry %j with E_RANGE, naming field, value and range', (entry, message) => {
    const plan = { version: 1 as const, sourceLayers: 2, layers: [entry] };
    expect(() => checkPlan(plan, 2, 1)).toThrow(message);
    expect(() => checkPlan(plan, 2, 1)).toThrow('(E_RANGE)');
  });

  it('says that a source without layers has none to copy', () => {
    expect(() => checkPlan(parsePlan('0', 0), 0, 1)).toThrow('the source has no layers');
  });
});

describe('checkDepths', () => {
  it.each([
    [-1, 2, 'source depth -1'],
    [0, 0, 'target depth 0'],
    [1, 1.5, 'target depth 1.5'],
    [1, 513, 'target depth 513'],
  ])('refuses %d → %d', (source, target, part) => {
    expect(() => checkDepths(source, target, 'stack')).toThrow(part);
  });
});
