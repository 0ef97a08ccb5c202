import { describe, expect, it } from 'vitest';
import { poolSchema } from '../../src-main/contract/pool.ts';
import { planPool, resolvePool } from '../../src-main/growth/pool.ts';
import { strategy } from './strategies.ts';

const presets = new Map(
  [
    strategy({ operator: 'stack' }),
    strategy({ operator: 'dus' }),
    strategy({ operator: 'llamaPro' }),
    strategy({ operator: 'identityCopy' }),
    strategy({ operator: 'scratch' }),
  ].map((preset) => [preset.operator as string, { ...preset, name: preset.operator }]),
);

const pool = (members: unknown) => resolvePool(poolSchema.parse(members), presets);

describe('planPool', () => {
  it('leaves out strategies that grow the same model as an earlier one, and names it', () => {
    const resolved = pool({
      name: 'p',
      strategies: [
        'stack',
        'dus',
        'identityCopy',
        'llamaPro',
        { name: 'mine', operator: 'plan', layers: '0 1 0 1' },
      ],
      controls: [{ name: 'again', operator: 'stack' }, 'scratch'],
    });
    const plan = planPool(resolved, 2, 4);
    expect(plan.candidates.map(({ strategy: { name }, isControl }) => [name, isControl])).toEqual([
      ['stack', false],
      ['identityCopy', false],
      ['scratch', true],
    ]);
    expect(plan.duplicates).toEqual([
      { strategy: 'dus', sameAs: 'stack' },
      { strategy: 'llamaPro', sameAs: 'identityCopy' },
      { strategy: 'mine', sameAs: 'stack' },
      { strategy: 'again', sameAs: 'stack' },
    ]);
    expect(plan.refusals).toEqual([]);
  });

  it('keeps strategies apart that differ in moments or noise only', () => {
    const resolved = pool({
      name: 'p',
      strategies: [
        'stack',
        { name: 'warm', operator: 'stack', moments: 'copy' },
        { name: 'noisy', operator: 'stack', noise: 0.1 },
        { name: 'noisier', operator: 'stack', noise: 0.2 },
      ],
    });
    expect(planPool(resolved, 2, 4).candidates).toHaveLength(4);
  });

  it('reports a strategy that cannot apply, with a way out, and plans the others', () => {
    const resolved = pool({ name: 'p', strategies: ['dus', 'stack'], controls: ['scratch'] });
    const plan = planPool(resolved, 4, 7);
    expect(plan.candidates.map((candidate) => candidate.planText)).toEqual(['0 1 2 3 0 1 2', 'scratch']);
    expect(plan.refusals).toEqual([
      {
        strategy: 'dus',
        message: 'dus: the target depth 7 must be even (E_DIVIDE)',
        hint: 'Choose 8 layers, or stack.',
      },
    ]);
  });

  it('leaves out an average written the other way round', () => {
    const plan = (name: string, layers: string) => ({ name, operator: 'plan', layers });
    const both = pool({ name: 'p', strategies: [plan('a', '0 0+1 1+1'), plan('b', '0 1+0 1')] });
    expect(planPool(both, 2, 3)).toMatchObject({
      duplicates: [{ strategy: 'b', sameAs: 'a' }],
      refusals: [],
    });
  });

  it('plans a strategy the same whatever else the pool holds', () => {
    const alone = planPool(pool({ name: 'p', strategies: ['llamaPro'] }), 4, 7).candidates;
    const among = planPool(pool({ name: 'p', strategies: ['stack', 'llamaPro', 'dus'] }), 4, 7).candidates;
    expect(among).toContainEqual(alone[0]);
  });
});

describe('resolvePool', () => {
  it('names every unknown preset, where it stands, and the known ones', () => {
    const members = { name: 'p', strategies: ['stack', 'stakc'], controls: ['none'] };
    expect(() => pool(members)).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: expect.stringMatching(/stakc.*none/),
        hint: expect.stringContaining('stack'),
        problems: [
          expect.objectContaining({ at: 'strategies[1]' }),
          expect.objectContaining({ at: 'controls[0]' }),
        ],
      }),
    );
  });
});

describe('poolSchema', () => {
  it('demands names that are unique over strategies and controls', () => {
    const twice = { name: 'p', strategies: ['stack', { name: 'x', operator: 'dus' }], controls: ['x'] };
    expect(poolSchema.safeParse(twice).error?.issues).toEqual([
      expect.objectContaining({ path: ['controls', 0], message: expect.stringContaining('x appears twice') }),
    ]);
  });

  it('demands a strategy to choose', () => {
    expect(poolSchema.safeParse({ name: 'p', strategies: [] }).success).toBe(false);
  });
});
