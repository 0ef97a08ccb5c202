import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanEntry } from '../../../src-main/contract/layer-plan.ts';
import { parsePlanEntries, printPlan } from '../../../src-main/growth/plan-shorthand.ts';
import {
  copyLayers,
  duplicateLayers,
  insertLayers,
  moveLayers,
  pasteText,
  removeLayers,
  sameEntries,
} from '../../../src-renderer/designer/plan-editing.ts';

const word = fc.constantFrom('0', '1', '2', '3', '1*', '2~0.5', '0+2', '3+0.01', 'r', 'i', 'z');
const edited = fc.array(word, { minLength: 1, maxLength: 12 }).chain((words) =>
  fc.record({
    layers: fc.constant(parsePlanEntries(words.join(' '))),
    selection: fc.subarray(words.map((_, index) => index)),
    gap: fc.nat({ max: words.length }),
  }),
);

describe('moveLayers', () => {
  it('keeps every layer, and the selection follows the moved ones in order', () => {
    fc.assert(
      fc.property(edited, ({ gap, ...plan }) => {
        const moved = moveLayers(plan, gap);
        expect(new Set(moved.layers)).toEqual(new Set(plan.layers));
        expect(moved.layers).toHaveLength(plan.layers.length);
        expect(moved.selection.map((index) => moved.layers[index])).toEqual(
          plan.selection.map((index) => plan.layers[index]),
        );
      }),
    );
  });

  it('is undone by moving one layer back', () => {
    fc.assert(
      fc.property(edited, fc.nat(), ({ gap, layers }, pick) => {
        const from = pick % layers.length;
        const moved = moveLayers({ layers, selection: [from] }, gap);
        const back = moveLayers(moved, moved.selection[0]! < from ? from + 1 : from);
        expect(back.layers).toEqual(layers);
      }),
    );
  });

  it('names what it moves', () => {
    const layers = parsePlanEntries('0 1 2 3');
    expect(moveLayers({ layers, selection: [1, 2] }, 4)).toEqual({
      layers: parsePlanEntries('0 3 1 2'),
      selection: [2, 3],
      label: 'move of 2 layers',
    });
    expect(moveLayers({ layers, selection: [0] }, 2).label).toBe('move of 1 layer');
  });
});

describe('insertLayers, copyLayers and duplicateLayers', () => {
  it('are undone by removing what they selected, and add as many layers as they take', () => {
    fc.assert(
      fc.property(edited, ({ gap, ...plan }) => {
        const edits = [
          insertLayers(plan, gap, parsePlanEntries('r z')),
          copyLayers(plan, gap),
          duplicateLayers(plan),
        ];
        expect(edits.map((edit) => edit.layers.length - plan.layers.length)).toEqual([
          2,
          plan.selection.length,
          plan.selection.length,
        ]);
        for (const edit of edits) expect(removeLayers(edit).layers).toEqual(plan.layers);
      }),
    );
  });
});

describe('pasteText', () => {
  it('reads eight kinds of words into eight layers', () => {
    const pasted = pasteText({ layers: [], selection: [] }, 0, '0 1 1* 2~0.5 1+0.01 r i z');
    expect(pasted.layers).toHaveLength(8);
    expect(pasted.label).toBe('paste of 8 layers');
    const spelt = pasteText({ layers: [], selection: [] }, 0, '0 1 1z 2*0.5 1+2 R Rz Z');
    expect(spelt).toMatchObject({ label: 'paste of 8 layers', selection: [0, 1, 2, 3, 4, 5, 6, 7] });
    expect(printPlan({ version: 1, sourceLayers: 3, layers: [...spelt.layers] })).toBe(
      '0 1 1* 2~0.5 1+2 r i z',
    );
  });

  it('names the word that is no layer', () => {
    expect(() => pasteText({ layers: [], selection: [] }, 0, '0 1 q 2')).toThrow(/Word 3 of the plan, "q"/);
    expect(() => pasteText({ layers: [], selection: [] }, 0, '0 1+2+3')).toThrow(
      /Word 2 of the plan, "1\+2\+3", cannot be read: an average has two source layers/,
    );
  });
});

describe('sameEntries', () => {
  it('tells plans apart that grow the same model but are written differently', () => {
    const silent = [{ body: { kind: 'random' }, outScale: 0 }] as const;
    const identity = [{ body: { kind: 'random' }, identity: true }] as const;
    const printed = (layers: readonly PlanEntry[]): string =>
      printPlan({ version: 1, sourceLayers: 0, layers: [...layers] });
    expect(printed(silent)).toBe(printed(identity));
    expect(sameEntries(silent, identity)).toBe(false);
    expect(sameEntries(silent, structuredClone(silent))).toBe(true);
  });
});
