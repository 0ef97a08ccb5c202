import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EspalierError } from '../../src-main/contract/errors.ts';
import type { YamlFile } from '../../src-main/contract/yaml-file.ts';
import type { GrownModel } from '../../src-main/growth/grow.ts';
import { grow } from '../../src-main/growth/grow.ts';
import { planPool, resolvePool } from '../../src-main/growth/pool.ts';
import { parsePoolFiles, parsePresetFiles } from '../../src-main/growth/preset-files.ts';
import { logitsOf, maxDifference, sourceModel } from './forward-pass.ts';

const resources = resolve(import.meta.dirname, '../../resources');

function filesIn(folder: string): YamlFile[] {
  return readdirSync(join(resources, folder))
    .sort()
    .map((name) => ({
      path: `${folder}/${name}`,
      text: readFileSync(join(resources, folder, name), 'utf8'),
    }));
}

const presetFiles = filesIn('strategies');
const poolFiles = filesIn('pools');
const presets = parsePresetFiles(presetFiles);
const pools = parsePoolFiles(poolFiles);

const NAMES =
  'stack interleave dupLast dupFirst ins0b2 ins1b2 ins2b2 mirror midas dus randTop randMid randBottom idRandTop idRandMid idRandBottom idRandInter idCopyTop idCopyInter llamaPro neighbourAverage interHalf repeatFirstHalf repeatMiddleHalf repeatLastHalf dead scratch embOnly';

/** Growths every preset is tried on, and the presets that cannot make them. */
const GROWTHS: readonly (readonly [number, number, string])[] = [
  [4, 8, ''],
  [3, 6, ''],
  [4, 7, 'dus'],
  [6, 12, ''],
  [1, 2, 'ins0b2 ins1b2 ins2b2'],
  [
    0,
    2,
    'stack interleave dupLast dupFirst ins0b2 ins1b2 ins2b2 mirror midas dus idRandInter idCopyTop idCopyInter llamaPro neighbourAverage interHalf repeatFirstHalf repeatMiddleHalf repeatLastHalf',
  ],
];

function problemsOf(run: () => unknown): EspalierError['problems'] {
  try {
    run();
  } catch (error) {
    return (error as EspalierError).problems;
  }
  throw new Error('nothing was thrown');
}

describe('the preset strategies', () => {
  it('are the known ones, each in the file of its name, with a description', () => {
    expect([...presets.keys()].sort()).toEqual(NAMES.split(' ').sort());
    expect(presetFiles.map((file) => basename(file.path, '.yaml'))).toEqual([...presets.keys()]);
    for (const preset of presets.values()) expect(preset.description.length).toBeGreaterThan(20);
  });

  it.each(GROWTHS)('grow %d → %d layers, or say why not', (sourceLayers, targetLayers, refused) => {
    const source = sourceModel(sourceLayers, 1, { width: 6, heads: 2 });
    const refusals: string[] = [];
    for (const strategy of [...presets.values()]) {
      let model: GrownModel;
      try {
        model = grow({ source: { ...source, moments: null }, targetLayers, strategy, seed: 1, repeat: 0 });
      } catch (error) {
        expect(error).toMatchObject({
          code: 'refused',
          message: expect.stringMatching(/\(E_(DIVIDE|RANGE)\)/),
        });
        refusals.push(strategy.name);
        continue;
      }
      const difference = maxDifference(logitsOf(source), logitsOf(model));
      if (model.exactness === 'exact') expect(difference, strategy.name).toBe(0);
      else expect(difference, strategy.name).toBeGreaterThan(1e-3);
    }
    expect(refusals.sort()).toEqual(refused.split(' ').filter(Boolean).sort());
  });
});

describe('the pools', () => {
  const plan = (name: string, source: number, target: number) =>
    planPool(resolvePool(pools.get(name)!, presets), source, target);

  it('are the known ones, each in the file of its name', () => {
    expect([...pools.keys()].sort()).toEqual([
      'adaptive',
      'demo-12',
      'function-preserving',
      'random-controls',
      'stacking-blocks',
    ]);
    expect(poolFiles.map((file) => basename(file.path, '.yaml'))).toEqual([...pools.keys()]);
  });

  it('hold twelve different strategies and no control in demo-12', () => {
    const { candidates, duplicates, refusals } = plan('demo-12', 4, 8);
    expect(candidates.map((candidate) => candidate.strategy.name)).toEqual(
      'stack interleave ins1b2 dupLast dupFirst randTop randMid randBottom idCopyTop idCopyInter idRandBottom dead'.split(
        ' ',
      ),
    );
    expect(candidates.every((candidate) => !candidate.isControl)).toBe(true);
    expect([...duplicates, ...refusals]).toEqual([]);
  });

  it('hold no exact member in stacking-blocks and only exact ones in function-preserving', () => {
    for (const [source, target] of [
      [4, 8],
      [4, 7],
      [6, 12],
    ] as const)
      for (const candidate of plan('stacking-blocks', source, target).candidates)
        expect(candidate.exactness, candidate.strategy.name).not.toBe('exact');
    for (const candidate of plan('function-preserving', 4, 8).candidates)
      expect(candidate.exactness).toBe('exact');
  });

  it('hold in adaptive only members that can grow any depth from two on', () => {
    for (const [source, target] of [
      [2, 4],
      [2, 3],
      [3, 8],
      [4, 8],
      [4, 6],
      [6, 12],
      [12, 24],
    ] as const)
      expect(plan('adaptive', source, target).refusals, `${source} to ${target}`).toEqual([]);
  });

  it.each(GROWTHS.filter(([source]) => source > 0))('can be planned for %d → %d layers', (source, target) => {
    for (const [name, pool] of pools) {
      const { candidates, duplicates, refusals } = plan(name, source, target);
      const planned = candidates.filter((candidate) => !candidate.isControl);
      expect(planned.length, name).toBeGreaterThan(1);
      expect(candidates.length + duplicates.length + refusals.length).toBe(
        pool.strategies.length + pool.controls.length,
      );
      expect(new Set(candidates.map((candidate) => candidate.key)).size).toBe(candidates.length);
    }
  });

  it('say which member cannot grow a single layer by a block of two', () => {
    expect(plan('demo-12', 1, 2).refusals.map((refusal) => refusal.strategy)).toEqual(['ins1b2']);
  });
});

describe('parsePresetFiles', () => {
  it('reads a flat file and fills in defaults', () => {
    const text = 'name: mine # a comment\noperator: repeatLast\nlength: half\n';
    expect(parsePresetFiles([{ path: 'a.yaml', text }]).get('mine')).toEqual({
      name: 'mine',
      operator: 'repeatLast',
      length: 'half',
      description: '',
      moments: 'reset',
      noise: 0,
    });
  });

  it.each([
    ['name: a\nname: b\noperator: stack', 2, 'unique'],
    ['name: a\noperator: stak', 2, '"stak"; it must be one of stack, interleave'],
    ['name: a', 1, 'operator'],
    ['name: a\noperator: midas\nblock: 0', 3, '1'],
    ['name: a\noperator: midas\n\nblok: 2', 4, 'blok is not a field'],
    ['name: a\noperator: random\nposition: side', 3, 'top'],
    ['name: a\noperator: random\nposition: -1', 3, '0'],
    ['name: "-a"\noperator: stack', 1, 'letter'],
    ['name: [a\noperator: stack', 2, ''],
    ['- 1', 1, 'object'],
    ['', undefined, 'object'],
    [
      'name: a\noperator: plan\nlayers:\n  - body: {kind: copy, layer: 0}\n  - body: {kind: copy}',
      5,
      'number',
    ],
    ['name: !!js/function a\noperator: stack', 1, 'tag'],
  ])('refuses %j at line %s, saying %j', (text, line, part) => {
    const problems = problemsOf(() => parsePresetFiles([{ path: 'bad.yaml', text }]));
    expect(problems[0]?.at).toContain('bad.yaml');
    expect(problems[0]?.line).toBe(line);
    expect(problems.map((problem) => `${problem.at} ${problem.message}`).join('\n')).toContain(part);
  });

  it('refuses a file whose anchors multiply', () => {
    const rows = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'])
      rows.push(`${to}: &${to} [${new Array(9).fill(`*${from}`).join(',')}]`);
    const problems = problemsOf(() => parsePresetFiles([{ path: 'b.yaml', text: rows.join('\n') }]));
    expect(problems[0]?.message).toMatch(/alias/i);
  });

  it('refuses the second file with a name, naming the first, and lists the problems of all files', () => {
    const text = 'name: a\noperator: stack';
    const problems = problemsOf(() =>
      parsePresetFiles([
        { path: 'one.yaml', text },
        { path: 'two.yaml', text },
        { path: 'three.yaml', text: 'name: b\noperator: nothing' },
      ]),
    );
    expect(problems.map((problem) => problem.at)).toEqual(['two.yaml: name', 'three.yaml: operator']);
    expect(problems[0]?.message).toContain('one.yaml');
  });
});

describe('parsePoolFiles', () => {
  it('points into a member that is written out', () => {
    const text = 'name: p\nstrategies:\n  - stack\n  - name: mine\n    operator: midas\n    block: two\n';
    const problems = problemsOf(() => parsePoolFiles([{ path: 'p.yaml', text }]));
    expect(problems).toEqual([
      { at: 'p.yaml: strategies[1].block', line: 6, message: expect.stringContaining('number') },
    ]);
  });

  it('says what a member may be when it is neither a name nor a strategy', () => {
    const problems = problemsOf(() => parsePoolFiles([{ path: 'p.yaml', text: 'name: p\nstrategies: [7]' }]));
    expect(problems[0]).toMatchObject({ at: 'p.yaml: strategies[0]', line: 2 });
    expect(problems[0]?.message).toMatch(/string.*or.*object/s);
  });
});
