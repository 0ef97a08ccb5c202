import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src-main/growth/apply-plan.ts';
import { composePlans, exactnessOf, samePlan } from '../../src-main/growth/plan-normal-form.ts';
import { parsePlan, printPlan } from '../../src-main/growth/plan-shorthand.ts';
import { sourceModel } from './forward-pass.ts';
import { compile } from './strategies.ts';

describe('exactnessOf', () => {
  it.each([
    ['0 1 2', 3, 'exact'],
    ['i 0 1* 1 z 2 r~0', 3, 'exact'],
    ['i i', 0, 'exact'],
    ['0 0', 1, 'none'],
    ['0 2 1', 3, 'none'],
    ['0 1', 3, 'none'],
    ['0 1 2 r', 3, 'none'],
    ['0 1+0.01 2', 3, 'none'],
    ['0 0+1 1', 2, 'none'],
    ['0 0+1* 1', 2, 'exact'],
    ['0 1+1 2', 3, 'exact'],
    ['0+1~0.5 0+1~0.5', 2, 'none'],
    ['0 1* 2', 3, 'none'],
    ['0 1~-1 2', 3, 'none'],
    ['0 1~0.5 2', 3, 'none'],
    ['0~½ 0~½ 1~1/3×3 2', 3, 'approx'],
    ['0~0.3 i 0~0.7', 1, 'approx'],
    ['0~1:0 0~0:1', 1, 'approx'],
    ['0~1:0 0~1:0', 1, 'none'],
    ['0~½ 1 0~½', 2, 'none'],
    ['0~½ 0~½+0.1', 1, 'none'],
    ['0~2 0~-1', 1, 'none'],
  ])('of %s from %d layers is %s', (text, sourceLayers, expected) => {
    expect(exactnessOf(parsePlan(text, sourceLayers))).toBe(expected);
  });
});

describe('samePlan', () => {
  it('sees through different ways to write one plan', () => {
    expect(samePlan(parsePlan('0 1* r~0 z', 2), parsePlan('0~1 1~0 i z*', 2))).toBe(true);
    const zero = parsePlan('z', 1);
    const scaledZero = { ...zero, layers: [{ body: { kind: 'zero' as const }, outScale: 0.5 }] };
    expect(samePlan(zero, scaledZero)).toBe(true);
  });

  it('tells plans apart that differ in source depth, body, factor or noise', () => {
    for (const other of ['1', '0*', '0~0.5', '0+0.1', '0+1', 'r'])
      expect(samePlan(parsePlan('0', 2), parsePlan(other, 2)), other).toBe(false);
    expect(samePlan(parsePlan('0+1', 3), parsePlan('0+2', 3))).toBe(false);
    expect(samePlan(parsePlan('0+2 1+1', 3), parsePlan('2+0 1', 3))).toBe(true);
    expect(samePlan(parsePlan('0', 1), parsePlan('0', 2))).toBe(false);
  });

  it.each([
    [{ operator: 'dus' }, { operator: 'stack' }, 4, 8, true],
    [{ operator: 'llamaPro' }, { operator: 'identityCopy' }, 6, 12, true],
    [{ operator: 'llamaPro' }, { operator: 'identityCopy' }, 4, 7, false],
    [{ operator: 'llamaPro' }, { operator: 'identityCopy', remainder: 'top' }, 4, 7, true],
    [{ operator: 'midas', block: 2 }, { operator: 'repeatFirst', length: 2 }, 4, 8, true],
    [{ operator: 'midas', block: 2 }, { operator: 'repeatMiddle', length: 2 }, 4, 8, false],
    [{ operator: 'repeatMiddle', length: 2 }, { operator: 'repeatFirst', length: 2 }, 3, 6, true],
  ] as const)('of %j and %j from %d to %d layers is %s', (a, b, source, target, expected) => {
    expect(samePlan(compile(a, source, target).plan!, compile(b, source, target).plan!)).toBe(expected);
  });
});

const copyPlan = (sourceLayers: number) =>
  fc
    .array(fc.tuple(fc.nat(sourceLayers - 1), fc.constantFrom('', '~0.5', '*', '~0.25:2', '~-1')), {
      minLength: 1,
      maxLength: 5,
    })
    .map((words) => parsePlan(words.map(([layer, suffix]) => `${layer}${suffix}`).join(' '), sourceLayers));

describe('composePlans', () => {
  it('builds, to the last bit, what applying the two plans one after the other builds', () => {
    fc.assert(
      fc.property(
        copyPlan(3).chain((first) => fc.tuple(fc.constant(first), copyPlan(first.layers.length))),
        ([first, second]) => {
          const source = sourceModel(3);
          const draw = { seed: 1, repeat: 0 };
          const middle = { ...source.architecture, layers: first.layers.length };
          const target = { ...source.architecture, layers: second.layers.length };
          const once = applyPlan({ source, target: middle, plan: first, ...draw });
          const grown = { architecture: middle, parameters: once.parameters };
          const twice = applyPlan({ source: grown, target, plan: second, ...draw });
          const plan = composePlans(first, second);
          const direct = applyPlan({ source, target, plan, ...draw });
          // The factors are powers of two, so float32 products do not depend on their order.
          for (const [name, values] of direct.parameters)
            expect(values.every((value, index) => value === twice.parameters.get(name)![index])).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is written with the indices of the first plan and multiplied factors', () => {
    const composed = composePlans(parsePlan('0 1~0.5 2* 1', 3), parsePlan('3 1~0.5 2 0*', 4));
    expect(printPlan(composed)).toBe('1 1~0.25 2* 0*');
  });

  it('refuses depths that do not meet and layers that are no plain copies', () => {
    expect(() => composePlans(parsePlan('0 0', 1), parsePlan('0', 3))).toThrow('E_PLAN_LENGTH');
    expect(() => composePlans(parsePlan('0 r', 1), parsePlan('1', 2))).toThrow('E_RANGE');
    expect(() => composePlans(parsePlan('0+0.1', 1), parsePlan('0', 1))).toThrow('E_RANGE');
    expect(() => composePlans(parsePlan('0+1', 2), parsePlan('0', 1))).toThrow('E_RANGE');
    expect(() => composePlans(parsePlan('0 1', 2), parsePlan('0+1', 2))).toThrow('E_RANGE');
    expect(() => composePlans(parsePlan('0', 1), parsePlan('z', 1))).toThrow('E_RANGE');
    expect(() => composePlans(parsePlan('0~4', 1), parsePlan('0~2', 1))).toThrow('multiply to 8');
  });
});
