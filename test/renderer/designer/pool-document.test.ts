import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Document, parseDocument } from 'yaml';
import type { Pool } from '../../../src-main/contract/pool.ts';
import { type AnyStudySpec, parseStudy } from '../../../src-main/contract/study-text.ts';
import { parsePlanEntries } from '../../../src-main/growth/plan-shorthand.ts';
import { assignLooks } from '../../../src-main/report/theme.ts';
import { presetPools, presetStrategies } from '../../../src-main/service/resource-files.ts';
import { cardsOf, familySample, growingPointsOf, poolOf } from '../../../src-renderer/designer/pool-cards.ts';
import { checksOf, misfitsOf } from '../../../src-renderer/designer/pool-checks.ts';
import {
  addMembers,
  choosePool,
  freeName,
  handMade,
  moveMember,
  removeMember,
  setStrategy,
} from '../../../src-renderer/designer/pool-document.ts';
import { scheduleOf, setBlockSteps, snapped } from '../../../src-renderer/designer/stage-schedule.ts';

const TEXT = `# A study of mine
name: mine # short
mode: select
model: { width: 16, heads: 2, context: 16 }
source: { layers: 2, steps: 400 }
target: { layers: 4 }
pool: demo-12
`;
const STACKING = `name: stages
mode: stacking
model: { width: 16, heads: 2, context: 16 }
stages:
  - { layers: 2, steps: 600 }
  - { layers: 4, steps: 600 }
  - { layers: 8, steps: 1200 }
`;
const presets = presetStrategies();
const pools = [...presetPools().values()];

function edited(text: string, change: (document: Document, pool: Pool, spec: AnyStudySpec) => void) {
  const spec = parseStudy({ path: 'study', text });
  const document = parseDocument(text);
  change(document, poolOf(spec, pools)!, spec);
  const after = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  const read = parseStudy({ path: 'study', text: after });
  const [point] = growingPointsOf(read);
  return { text: after, spec: read, cards: cardsOf(poolOf(read, pools)!, presets, point!) };
}
const names = (cards: readonly { name: string }[]): string[] => cards.map(({ name }) => name);
const demo = names(
  cardsOf(pools.find(({ name }) => name === 'demo-12')!, presets, { index: 0, from: 2, to: 4 }),
);

describe('setStrategy', () => {
  it('writes a named pool out once, and leaves every other line as it was', () => {
    const stack = presets.get('stack')!;
    const { text, cards } = edited(TEXT, (document, pool) =>
      setStrategy(
        document,
        pool,
        { list: 'strategies', index: 0 },
        handMade(stack, parsePlanEntries('0 1 0 1*')),
      ),
    );
    expect(text.startsWith(TEXT.split('pool')[0]!)).toBe(true);
    expect(text).toContain('- { name: stack, description:');
    expect(text).toContain('operator: plan, layers: 0 1 0 1* }');
    expect(names(cards)).toEqual(demo);
    expect(cards[0]).toMatchObject({ planText: '0 1 0 1*', exactness: 'none', problem: null });
    const again = edited(text, (document, pool) =>
      setStrategy(
        document,
        pool,
        { list: 'strategies', index: 0 },
        handMade(stack, parsePlanEntries('0 1 r r')),
      ),
    );
    expect(again.text).toBe(text.replace('0 1 0 1*', '0 1 r r'));
  });

  it('keeps a plan of one layer a text', () => {
    const base = presets.get('stack')!;
    const { cards } = edited(TEXT, (document, pool) =>
      setStrategy(document, pool, { list: 'strategies', index: 0 }, handMade(base, parsePlanEntries('0'))),
    );
    expect(cards[0]).toMatchObject({ planText: '0', layers: parsePlanEntries('0') });
    expect(cards[0]!.problem?.sentence).toMatch(/has 1 entries; the target has 4 layers/);
  });
});

describe('addMembers, removeMember and moveMember', () => {
  it('change one list and nothing else', () => {
    const { cards, text } = edited(TEXT, (document, pool) => {
      addMembers(document, pool, 'strategies', ['mirror'], 1);
      moveMember(document, pool, { list: 'strategies', index: 0 }, 3);
      removeMember(document, pool, { list: 'strategies', index: 4 });
      addMembers(document, pool, 'controls', ['scratch']);
    });
    const expected = ['mirror', 'interleave', 'stack', 'ins1b2', ...demo.slice(4)];
    expect(names(cards)).toEqual([...expected, 'scratch']);
    expect(cards.at(-1)).toMatchObject({ isControl: true, planText: 'scratch' });
    const back = edited(text, (document, pool) =>
      removeMember(document, pool, { list: 'controls', index: 0 }),
    );
    expect(back.text).not.toContain('controls');
  });

  it('begin from the pool that a file leaves out, and choosePool goes back to a named one', () => {
    const { cards, text } = edited(STACKING, (document, pool) =>
      removeMember(document, pool, { list: 'strategies', index: 0 }),
    );
    expect(cards).toHaveLength(presetPools().get('adaptive')!.strategies.length - 1);
    expect(text).toContain('name: adaptive (edited)');
    expect(edited(text, (document) => choosePool(document, 'demo-12')).spec.pool).toBe('demo-12');
  });
});

describe('freeName', () => {
  it('counts on from the name it is given', () => {
    expect(freeName('stack', new Set(['dead']))).toBe('stack');
    expect(freeName('stack', new Set(['stack', 'stack 2']))).toBe('stack 3');
    expect(freeName('stack 2', new Set(['stack 2']))).toBe('stack 3');
    expect(freeName('x'.repeat(60), new Set(['x'.repeat(60)])).length).toBeLessThanOrEqual(60);
  });
});

describe('familySample', () => {
  it('gives every plan the look that the whole plan would have', () => {
    const word = fc.constantFrom(
      '0',
      '1',
      '2',
      '1*',
      '2~0.5',
      '3+0.01',
      '0+1',
      '1+2*',
      'r',
      'i',
      'z',
      '1~0',
      '0~0:1',
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 9 }), (chosen) => {
        const text = chosen.join(' ');
        const lookOf = (plan: string) =>
          assignLooks([{ strategy: 'one', plan, isControl: false }]).get('one');
        expect(lookOf(familySample(parsePlanEntries(text)))).toEqual(lookOf(text));
      }),
    );
  });
});

describe('checksOf', () => {
  it('names ties, duplicates and plans that do not fit', () => {
    const pool = {
      name: 'p',
      description: '',
      strategies: ['idCopyTop', 'idCopyInter', 'stack'],
      controls: ['scratch'],
    };
    const at = (from: number, to: number, index = 0) => {
      const point = { index, from, to };
      return { point, cards: cardsOf(pool, presets, point) };
    };
    expect(checksOf([at(4, 8)], 0)).toEqual([
      { kind: 'tie', names: ['idCopyTop', 'idCopyInter'] },
      { kind: 'fine', count: 3 },
    ]);
    const { cards } = edited(TEXT, (document, named) => {
      addMembers(document, named, 'strategies', [
        { name: 'twice', operator: 'plan', layers: '0 1 0 1' },
        { name: 'outside', operator: 'plan', layers: '0 7 0 1' },
      ]);
    });
    const checks = checksOf([{ point: { index: 0, from: 2, to: 4 }, cards }], 0);
    expect(checks).toContainEqual({ kind: 'duplicate', name: 'twice', sameAs: 'stack' });
    expect(checks.find((check) => check.kind === 'problem' && check.name === 'outside')).toMatchObject({
      sentence: expect.stringMatching(
        /Target layer 1 copies source layer 7; it must be a whole number from 0 to 1\.$/,
      ),
    });
  });
});

describe('scheduleOf and setBlockSteps', () => {
  it('adds up training and search, and writes steps where they stand', () => {
    const spec = parseStudy({ path: 'study', text: TEXT });
    const { blocks, flops, searchFlops } = scheduleOf(spec, 50, [12]);
    expect(blocks.map(({ kind, steps, runs }) => [kind, steps, runs])).toEqual([
      ['train', 400, 1],
      ['search', 200, 12],
      ['train', 1000, 1],
    ]);
    expect(flops).toBe(blocks.reduce((sum, block) => sum + block.flops, 0));
    expect(searchFlops / blocks[2]!.flops).toBeCloseTo((12 * 200) / 1000, 12);
    const read = edited(TEXT, (document, _, given) => {
      for (const [index, block] of blocks.entries()) setBlockSteps(document, given, block, 300 + 100 * index);
    }).spec;
    expect(scheduleOf(read, 50, [12]).blocks.map(({ steps }) => steps)).toEqual([300, 400, 500]);
  });

  it('has a search before every later stage of stacking', () => {
    const spec = parseStudy({ path: 'study', text: STACKING });
    const { blocks } = scheduleOf(spec, 50, [5, 5]);
    expect(blocks.map(({ kind, layers }) => `${kind} ${layers}`)).toEqual([
      'train 2',
      'search 4',
      'train 4',
      'search 8',
      'train 8',
    ]);
    const read = edited(STACKING, (document, _, given) =>
      setBlockSteps(document, given, blocks[2]!, 750),
    ).spec;
    expect(scheduleOf(read, 50, [5, 5]).blocks[2]!.steps).toBe(750);
  });
});

describe('snapped', () => {
  it('goes to fifties, to single steps when fine, never to nothing', () => {
    expect([snapped(374, false), snapped(376, false), snapped(10, false)]).toEqual([350, 400, 50]);
    expect([snapped(374.4, true), snapped(-3, true)]).toEqual([374, 1]);
  });
});

describe('misfitsOf', () => {
  const misfits = (text: string) => misfitsOf(parseStudy({ path: 'study', text }), pools, presets);
  const own = (strategies: string, controls = ''): string =>
    `pool: { name: own, strategies: [${strategies}]${controls} }`;
  const long = '{ name: long, operator: plan, layers: "0 1 0 1 0" }';

  it('names a plan that is too long with its depths and the way out, and nothing else', () => {
    const found = misfits(TEXT.replace('pool: demo-12', own(`stack, ${long}`)));
    expect(found.map(({ name, at }) => [name, at.from, at.to])).toEqual([['long', 2, 4]]);
    expect(found[0]?.sentence).toContain('5 entries');
    expect(misfits(TEXT.replace('pool: demo-12', own('stack, dead')))).toEqual([]);
  });

  it('finds a plan that fits one growing point and not the other', () => {
    const short = '{ name: short, operator: plan, layers: "0 1 0 1" }';
    const found = misfits(`${STACKING}${own(`stack, ${short}`)}\n`);
    expect(found.map(({ name, at }) => [name, at.from, at.to])).toEqual([['short', 4, 8]]);
  });

  it('leaves controls out where stages have none', () => {
    const controls = `, controls: [${long}]`;
    expect(misfits(`${STACKING}${own('stack, dead', controls)}\n`)).toEqual([]);
    expect(misfits(TEXT.replace('pool: demo-12', own('stack, dead', controls)))).toHaveLength(1);
  });
});
