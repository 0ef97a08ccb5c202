import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Pool } from '../../../src-main/contract/pool.ts';
import { poolSchema } from '../../../src-main/contract/pool.ts';
import { stackingSpecSchema } from '../../../src-main/contract/stacking.ts';
import { studySpecSchema } from '../../../src-main/contract/study.ts';
import { nearestWidth, readShapeField } from '../../../src-renderer/designer/model-shape.ts';
import { modeSwitch } from '../../../src-renderer/designer/study-mode.ts';

const ONE = `# What is asked.
name: growing
model: { width: 16, heads: 2, context: 16 }
source: { layers: 2, steps: 120 }
target: { layers: 4 }
horizon: 400
`;
const pool = (controls: readonly string[] = []): Pool =>
  poolSchema.parse({ name: 'mine', strategies: ['stack', 'interleave'], controls });
const one = (text: string) =>
  modeSwitch(parseDocument(text), studySpecSchema.parse(parseDocument(text).toJS()), pool());
const stages = (text: string) =>
  modeSwitch(parseDocument(text), stackingSpecSchema.parse(parseDocument(text).toJS()), pool());

describe('modeSwitch', () => {
  it('makes a stacking study of the same depths, steps, pool and rule, and back what it was', () => {
    const there = one(ONE);
    if (there.kind !== 'possible') throw new Error(there.kind);
    const document = parseDocument(ONE);
    there.change(document);
    const text = document.toString();
    expect(text).toContain('# What is asked.');
    const before = studySpecSchema.parse(parseDocument(ONE).toJS());
    const grown = stackingSpecSchema.parse(document.toJS());
    expect(grown.stages).toEqual([
      { layers: 2, steps: 120 },
      { layers: 4, steps: 400 },
    ]);
    expect(grown.pool).toBe(before.pool);
    expect(grown.decision).toEqual(before.decision);
    const back = stages(text);
    if (back.kind !== 'possible') throw new Error(back.kind);
    const again = parseDocument(text);
    back.change(again);
    expect(studySpecSchema.parse(again.toJS())).toEqual(before);
  });

  it('does not change the document it is asked about', () => {
    const document = parseDocument(ONE);
    modeSwitch(document, studySpecSchema.parse(document.toJS()), pool());
    expect(document.toString()).toBe(ONE);
  });

  it.each([
    [`${ONE}mode: audit\n`, ['audit']],
    [`${ONE}repeats: 2\n`, ['repeats']],
    [ONE.replace('steps: 120', 'steps: 120, recipe: { batchSize: 4 }'), ['sourceRecipe']],
  ])('says what adaptive stacking has no place for', (text, losses) => {
    expect(one(text)).toEqual({ kind: 'lossy', to: 'stages', losses });
  });

  it('says so of controls', () => {
    const document = parseDocument(ONE);
    expect(modeSwitch(document, studySpecSchema.parse(document.toJS()), pool(['scratch']))).toEqual({
      kind: 'lossy',
      to: 'stages',
      losses: ['controls'],
    });
  });

  const STAGES = `name: staged
mode: stacking
model: { width: 16, heads: 2, context: 16 }
stages:
  - { layers: 1, steps: 30 }
  - { layers: 2, steps: 300 }
recipe: { warmupSteps: 4 }
`;
  it.each([
    [STAGES.replace('recipe', '  - { layers: 4, steps: 60 }\nrecipe'), ['moreStages']],
    [STAGES.replaceAll(/, steps: \d+/g, '').concat('budget: { steps: 900 }\n'), ['budget']],
    [`${STAGES}policies: [{ policy: scratch }]\n`, ['policies']],
  ])('says what one growing point has no place for', (text, losses) => {
    expect(stages(text)).toEqual({ kind: 'lossy', to: 'one', losses });
  });

  it('gives the sentence of the schema where the other kind would not be valid', () => {
    const short = STAGES.replace('steps: 300', 'steps: 50').concat(
      'decision: { rule: cooldown, lag: 100 }\n',
    );
    expect(stages(short)).toMatchObject({
      kind: 'invalid',
      to: 'one',
      sentence: 'decision.lag: 100 must not be beyond the horizon of 50 steps',
    });
  });
});

describe('readShapeField', () => {
  const { model } = studySpecSchema.parse(parseDocument(ONE).toJS());
  it('takes what makes a valid model', () => {
    expect(readShapeField(model, 'width', ' 32 ')).toEqual({ isValid: true, value: 32 });
    expect(readShapeField(model, 'heads', '4')).toEqual({ isValid: true, value: 4 });
  });

  it.each([
    ['width', '17', 'width: 2 heads do not divide the width 17; choose a divisor of the width.'],
    ['heads', '3', 'heads: 3 heads do not divide the width 16; choose a divisor of the width.'],
    ['width', '0', 'width: 0 is not allowed; a whole number from 1 to 8192 is.'],
    ['heads', '1.5', 'heads: 1.5 is not allowed; a whole number from 1 to 128 is.'],
    ['width', '', 'width: nothing is not allowed; a whole number from 1 to 8192 is.'],
    ['width', 'wide', 'width: wide is not allowed; a whole number from 1 to 8192 is.'],
  ] as const)('refuses %s %j with field, value and what is allowed', (field, text, sentence) => {
    expect(readShapeField(model, field, text)).toEqual({ isValid: false, sentence });
  });

  it('finds the nearest width that the heads divide', () => {
    expect(nearestWidth(17, 4)).toBe(16);
    expect(nearestWidth(1, 4)).toBe(4);
  });
});
