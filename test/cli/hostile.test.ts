/**
 * Input that is wrong: every row ends with code 2 or 3 and one readable message that names the field or file and
 * the value, without a stack trace, and nothing is written anywhere.
 */
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contentsOf, json, run, temporaryFolder } from './espalier-process.ts';
import { type StudyParts, tinyStudy } from './tiny-study.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

interface Expected {
  readonly code: 2 | 3;
  /** What the message must say. */
  readonly says: readonly (string | RegExp)[];
}

let rowCount = 0;

/** Runs in a fresh folder: `prepare` fills it and gives the arguments, in which HOME stands for a home folder. */
async function refuse(
  prepare: (folder: string) => readonly string[],
  { code, says }: Expected,
): Promise<void> {
  const folder = join(temporary.path, String(rowCount++));
  mkdirSync(folder);
  const words = prepare(folder);
  const home = words.includes('--home') ? [] : ['--home', join(folder, 'home')];
  const before = contentsOf(folder);
  const startedAt = performance.now();
  const result = await run([...words, ...home, '--json'], { cwd: folder });
  expect(result.code, result.stderr).toBe(code);
  const { error } = json<{ error: { code: string; message: string; problems: unknown[] } }>(result);
  expect(error.code).toBe(code === 2 ? 'bad-input' : 'refused');
  for (const part of says)
    typeof part === 'string' ? expect(error.message).toContain(part) : expect(error.message).toMatch(part);
  expect(result.stderr).toContain(error.message);
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+|undefined|\[object|unexpected:/m);
  expect(result.stderr.length).toBeLessThan(2500);
  expect(contentsOf(folder)).toEqual(before);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
}

const runsFile =
  (content: string | Uint8Array, ...flags: string[]) =>
  (folder: string): string[] => {
    writeFileSync(join(folder, 'study.yaml'), content);
    return ['study', 'run', 'study.yaml', ...flags];
  };

const POOL_OF = (members: string, rest = ''): string => `{ name: p, strategies: [${members}]${rest} }`;

describe('a study file with a wrong value is refused', () => {
  const rows: readonly [title: string, parts: StudyParts, code: 2 | 3, ...says: (string | RegExp)[]][] = [
    ['a word for a number', { horizon: 'many' }, 2, 'study.yaml: horizon (line 9)', '"many"', 'a number'],
    ['a number for a name', { name: '3' }, 2, 'name', 'is 3', 'text'],
    ['a huge number', { seed: '1e308' }, 2, 'seed', '1e+308', 'at most 2147483647'],
    ['a number beyond 2^53', { repeats: '9007199254740993' }, 2, 'repeats', 'at most 20'],
    ['negative layers', { source: '{ layers: -1 }' }, 2, 'source.layers', '-1', 'at least 0'],
    ['a fraction of a layer', { target: '{ layers: 2.5 }' }, 2, 'target.layers', '2.5', 'whole number'],
    ['not a number', { recipe: '{ learningRate: .nan }' }, 2, 'recipe.learningRate', 'NaN'],
    ['infinity', { recipe: '{ learningRate: .inf }' }, 2, 'recipe.learningRate', 'Infinity'],
    ['an unknown field', { extra: 'sead: 3' }, 2, 'sead', 'not a field'],
    ['a prototype key', { extra: '__proto__: { mode: audit }' }, 2, '__proto__', 'not a field'],
    ['a constructor key', { extra: 'constructor: 1' }, 2, 'constructor', 'not a field'],
    [
      'a nested prototype key',
      { model: '{ width: 16, heads: 2, context: 16, __proto__: 1 }' },
      2,
      'model.__proto__',
    ],
    ['an unknown mode', { mode: 'guess' }, 2, 'mode', '"guess"', 'select, audit'],
    [
      'an unknown rule',
      { decision: '{ rule: best, lag: 10 }' },
      2,
      'decision.rule',
      '"best"',
      'cooldown, lossAtLag',
    ],
    ['a missing lag', { decision: '{ rule: cooldown }' }, 2, 'decision.lag', 'missing'],
    [
      'an unknown device',
      { compute: '{ device: tpu }' },
      2,
      'compute.device',
      '"tpu"',
      'cpu, native, webgpu, cuda',
    ],
    [
      'a target that is not deeper',
      { target: '{ layers: 1 }' },
      2,
      'target.layers',
      /more than the source's 1/,
    ],
    [
      'heads that do not divide',
      { model: '{ width: 16, heads: 3, context: 16 }' },
      2,
      'model.heads',
      '3 heads',
      '16',
    ],
    [
      'a lag beyond the horizon',
      { decision: '{ rule: cooldown, lag: 21 }' },
      2,
      'decision.lag',
      '21',
      '20 steps',
    ],
    [
      'a lag within the warm-up',
      { decision: '{ rule: cooldown, lag: 2 }' },
      2,
      'decision.lag is 2',
      'warmupSteps',
    ],
    [
      'a corpus that is not known',
      { data: '{ corpus: moby-dock }' },
      2,
      'data.corpus',
      '"moby-dock"',
      'moby-dick, ',
    ],
    [
      'a corpus of an unknown task',
      { data: '{ corpus: { synthetic: sums } }' },
      2,
      'data.corpus.synthetic',
      '"sums"',
    ],
    [
      'a task out of range',
      { data: '{ corpus: { synthetic: copy, length: 0 } }' },
      2,
      'data.corpus.length',
      'is 0',
    ],
    ['a list for a corpus', { data: '{ corpus: [a, b] }' }, 2, 'data.corpus', '["a","b"]', 'local text'],
    [
      'an unknown tokenizer',
      { data: '{ tokenizer: { kind: word } }' },
      2,
      'data.tokenizer.kind',
      '"word"',
      'bpe',
    ],
    ['an unknown pool', { pool: 'demo-13' }, 2, 'pool', '"demo-13"'],
    ['an unknown strategy', { pool: POOL_OF('stack, stick') }, 2, 'stick', 'do not exist'],
    [
      'an unknown operator',
      { pool: POOL_OF('{ name: a, operator: stak }') },
      2,
      'strategies[0].operator',
      '"stak"',
    ],
    ['an empty pool', { pool: POOL_OF('') }, 2, 'pool.strategies', 'at least 1'],
    [
      'a pool of controls only',
      { pool: '{ name: p, strategies: [], controls: [scratch] }' },
      2,
      'pool.strategies',
    ],
    ['a name used twice', { pool: POOL_OF('stack, dead, stack') }, 2, 'strategies[2]', 'stack appears twice'],
    [
      'a strategy name with a slash',
      { pool: POOL_OF('{ name: a/b, operator: stack }') },
      2,
      'name',
      '"a/b"',
      'letter',
    ],
    [
      'a block that does not divide',
      {
        source: '{ layers: 3 }',
        target: '{ layers: 5 }',
        pool: POOL_OF('{ name: m, operator: midas, block: 2 }'),
      },
      3,
      'midas',
      '2',
    ],
    [
      'a plan of nonsense',
      { pool: POOL_OF('{ name: p, operator: plan, layers: "0 x ?" }') },
      3,
      '"x"',
      'plan',
    ],
    [
      'a plan of the wrong length',
      { pool: POOL_OF('{ name: p, operator: plan, layers: "0 0 0" }') },
      3,
      '3',
      '2',
    ],
    [
      'a plan of a layer that is not there',
      { pool: POOL_OF('{ name: p, operator: plan, layers: "0 7" }') },
      3,
      '7',
    ],
    [
      'a model beyond the memory',
      { model: '{ width: 8192, heads: 1, context: 16 }', target: '{ layers: 512 }', pool: POOL_OF('stack') },
      3,
      'memory',
      'GiB',
    ],
    [
      'more validation text than memory',
      {
        evaluation: '{ batches: 10000, batchSize: 4096 }',
        model: '{ width: 16, heads: 2, context: 8192 }',
        data: '{}',
      },
      3,
      'memory',
    ],
  ];
  it.each(rows)('%s', async (_title, parts, code, ...says) => {
    await refuse(runsFile(tinyStudy(parts)), { code, says });
  });
});

describe('a stacking file with a wrong value is refused', () => {
  const file = (changes: Readonly<Record<string, string>>): string => {
    const parts: Record<string, string> = {
      name: 'stacking',
      mode: 'stacking',
      data: '{ corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 } }',
      model: '{ width: 16, heads: 2, context: 16 }',
      stages: '[{ layers: 1, steps: 12 }, { layers: 2, steps: 12 }, { layers: 4, steps: 40 }]',
      recipe: '{ batchSize: 4, warmupSteps: 2 }',
      decision: '{ rule: cooldown, lag: 4 }',
      policies: '[{ policy: fixed, strategy: stack }]',
      ...changes,
    };
    return Object.entries(parts)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${value}\n`)
      .join('');
  };
  const rows: readonly [
    title: string,
    changes: Record<string, string>,
    code: 2 | 3,
    ...says: (string | RegExp)[],
  ][] = [
    [
      'stages that shrink',
      { stages: '[{ layers: 4, steps: 9 }, { layers: 2, steps: 9 }]' },
      2,
      'stages[1].layers',
      '2 must be more than the 4',
    ],
    ['a single stage', { stages: '[{ layers: 4, steps: 9 }]' }, 2, 'stages', 'at least 2'],
    [
      'a stage without steps',
      { stages: '[{ layers: 1 }, { layers: 2, steps: 9 }]' },
      2,
      'stages[0].steps',
      'missing',
    ],
    [
      'a stage with negative steps',
      { stages: '[{ layers: 1, steps: -3 }, { layers: 2, steps: 9 }]' },
      2,
      'stages[0].steps',
      '-3',
    ],
    ['steps beside a budget', { budget: '{ steps: 100 }' }, 2, 'stages[0].steps', 'beside a budget'],
    [
      'a budget of nothing',
      { stages: '[{ layers: 1 }, { layers: 2 }]', budget: '{}' },
      2,
      'budget',
      'steps or flops',
    ],
    [
      'an infinite budget',
      { stages: '[{ layers: 1 }, { layers: 2 }]', budget: '{ flops: .inf }' },
      2,
      'budget.flops',
      'Infinity',
    ],
    [
      'a budget too small to train',
      { stages: '[{ layers: 1 }, { layers: 2 }]', budget: '{ flops: 10 }' },
      3,
      'stages[0] has 0 steps',
      'warmupSteps',
    ],
    [
      'shares for other stages',
      { stages: '[{ layers: 1 }, { layers: 2 }]', budget: '{ steps: 40, split: [1, 2, 3] }' },
      2,
      'budget.split',
      '3 shares',
      '2 stages',
    ],
    ['fields of the other modes', { horizon: '100' }, 2, 'horizon', 'not a field'],
    [
      'an unknown policy',
      { policies: '[{ policy: clever }]' },
      2,
      'policies[0].policy',
      '"clever"',
      'lag, fixed',
    ],
    ['no policy', { policies: '[]' }, 2, 'policies', 'at least 1'],
    [
      'two policies of one name',
      { policies: '[{ policy: random }, { policy: random }]' },
      2,
      'policies[1]',
      'random appears twice',
    ],
    [
      'a strategy nobody knows',
      { policies: '[{ policy: fixed, strategy: stak }]' },
      2,
      'policies[0].strategy',
      '"stak"',
    ],
    [
      'a strategy that cannot grow a stage',
      { policies: '[{ policy: fixed, strategy: ins2b2 }]' },
      3,
      'policies[0]',
      '1 into 2 layers',
    ],
    [
      'growing after the end',
      { policies: '[{ policy: once, at: 1, strategy: stack }]' },
      2,
      'policies[0].at',
    ],
    [
      'a search that eats the budget',
      { policies: '[{ policy: lag }]', decision: '{ rule: cooldown, lag: 39 }' },
      3,
      'policies[0]',
      '% of the budget',
    ],
    [
      'a probe within the warm-up',
      { decision: '{ rule: cooldown, lag: 2 }' },
      2,
      'decision.lag',
      'warmupSteps',
    ],
    [
      'a trigger nobody knows',
      {
        stages: '[{ layers: 1, steps: 9, until: { trigger: boredom, window: 3 } }, { layers: 2, steps: 9 }]',
      },
      2,
      'stages[0].until.trigger',
      '"boredom"',
      'plateau',
    ],
    [
      'a trigger at the end',
      {
        stages: '[{ layers: 1, steps: 9 }, { layers: 2, steps: 9, until: { trigger: plateau, window: 3 } }]',
      },
      2,
      'stages[1].until',
      'last stage',
    ],
    ['a name with a slash', { policies: '[{ policy: random, name: a/b }]' }, 2, 'policies[0].name', 'a/b'],
  ];
  it.each(rows)('%s', async (_title, changes, code, ...says) => {
    await refuse(runsFile(file(changes)), { code, says });
  });
  it('a flag that is for the other modes', async () => {
    await refuse(runsFile(file({}), '--mode', 'audit'), { code: 2, says: ['--mode audit', 'stacking'] });
  });
});

describe('a file that is no study file is refused', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'])
    bomb.push(`${to}: &${to} [${new Array(9).fill(`*${from}`).join(',')}]`);
  const rows: readonly [title: string, content: string | Uint8Array, ...says: (string | RegExp)[]][] = [
    ['a key that appears twice', `${tinyStudy()}name: again\n`, 'study.yaml (line 13)', 'name appears twice'],
    ['aliases that multiply', bomb.join('\n'), 'study.yaml', /alias/i],
    ['tabs', 'name: a\nmodel:\n\twidth: 3\n', 'study.yaml (line 3)', /tab/i],
    ['broken YAML', 'name: [a\nmodel: {', 'study.yaml (line'],
    ['a tag of another program', 'name: !!js/function "x"\n', 'study.yaml (line 1)', /tag/i],
    ['an empty file', '', 'study.yaml', 'empty'],
    ['only comments', '# nothing\n\n', 'study.yaml', 'empty'],
    ['a list', '- a\n- b\n', 'study.yaml', '["a","b"]', 'object'],
    ['one word', 'hello\n', 'study.yaml', '"hello"'],
    ['two documents', 'name: a\n---\nname: b\n', 'study.yaml'],
    ['a binary file', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 2), 'study.yaml', 'binary'],
    [
      'a file that is not UTF-8',
      Uint8Array.of(0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xe9, 0x0a),
      'study.yaml',
      'UTF-8',
    ],
    [
      'a file beyond the limit',
      `name: a\n${'# filler\n'.repeat(30_000)}`,
      'study.yaml',
      '270008 bytes',
      '200000',
    ],
    ['a value of a hundred thousand characters', tinyStudy({ mode: 'x'.repeat(100_000) }), 'mode', 'xxx…'],
    ['deep nesting', `name: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, 'study.yaml'],
  ];
  it.each(rows)('%s', async (_title, content, ...says) => {
    await refuse(runsFile(content), { code: 2, says });
  });

  it('a missing file', () =>
    refuse(() => ['study', 'run', 'nowhere.yaml'], { code: 2, says: ['nowhere.yaml', 'ENOENT'] }));
  it('a folder', () =>
    refuse(
      (folder) => {
        mkdirSync(join(folder, 'study.yaml'));
        return ['study', 'run', 'study.yaml'];
      },
      { code: 2, says: ['study.yaml', 'is not a file'] },
    ));
  it('an endless device', () =>
    refuse(() => ['study', 'run', '/dev/zero'], { code: 2, says: ['/dev/zero', 'not a file'] }));
  it('an empty path', () =>
    refuse(() => ['study', 'run', ''], { code: 2, says: ['path of the study file is empty'] }));
});

describe('a corpus that cannot be used is refused', () => {
  const withCorpus =
    (path: string, prepare: (folder: string) => void = () => {}) =>
    (folder: string): string[] => {
      prepare(folder);
      const data = `{ corpus: { path: ${JSON.stringify(path)} }, tokenizer: { kind: byte } }`;
      return runsFile(tinyStudy({ data }))(folder);
    };
  const text =
    (name: string, content: string | Uint8Array) =>
    (folder: string): void =>
      writeFileSync(join(folder, name), content);
  const rows: readonly [title: string, prepare: (folder: string) => readonly string[], ...says: string[]][] =
    [
      ['a missing file', withCorpus('lost.txt'), 'lost.txt', 'does not exist'],
      ['a missing file outside', withCorpus('../../../lost/lost.txt'), 'lost.txt', 'does not exist'],
      [
        'an ending that is not known',
        withCorpus('a.pdf', text('a.pdf', 'text')),
        'a.pdf',
        '.txt, .md or .jsonl',
      ],
      ['a system file', withCorpus('/etc/passwd'), '/etc/passwd', '.txt, .md or .jsonl'],
      ['an empty file', withCorpus('a.txt', text('a.txt', '')), 'a.txt', 'no text'],
      ['blanks only', withCorpus('a.md', text('a.md', ' \n\t\n')), 'a.md', 'no text'],
      ['a binary file', withCorpus('a.txt', text('a.txt', Uint8Array.of(65, 0, 66))), 'a.txt', 'NUL'],
      [
        'invalid UTF-8',
        withCorpus('a.txt', text('a.txt', Uint8Array.of(65, 0xff, 66))),
        'a.txt',
        'UTF-8',
        'offset 1',
      ],
      [
        'a text shorter than one context',
        withCorpus('a.txt', text('a.txt', 'short')),
        'a.txt',
        'context of 16',
      ],
      [
        'a line that is not JSON',
        withCorpus('a.jsonl', text('a.jsonl', '{"text":"a"}\n{oops\n')),
        'a.jsonl, line 2',
        'JSON',
      ],
      [
        'a line without the field',
        withCorpus('a.jsonl', text('a.jsonl', '{"body":"a"}\n')),
        'line 1',
        '"text"',
      ],
      [
        'a folder without texts',
        withCorpus('empty', (folder) => mkdirSync(join(folder, 'empty'))),
        'empty',
        'no .txt',
      ],
      [
        'a folder that holds itself',
        withCorpus('loop', (folder) => {
          mkdirSync(join(folder, 'loop'));
          symlinkSync('.', join(folder, 'loop', 'again'));
        }),
        'again',
        'loop',
      ],
      [
        'a line of a gigabyte',
        withCorpus('big.jsonl', (folder) => {
          writeFileSync(join(folder, 'big.jsonl'), `{"text":"${'a'.repeat(70 * 2 ** 20)}`);
          truncateSync(join(folder, 'big.jsonl'), 2 ** 30);
        }),
        'big.jsonl',
        'line 1',
        'longer than',
      ],
      [
        'a sparse gigabyte',
        withCorpus('hole.jsonl', (folder) => {
          writeFileSync(join(folder, 'hole.jsonl'), '');
          truncateSync(join(folder, 'hole.jsonl'), 2 ** 30);
        }),
        'hole.jsonl',
        'NUL',
      ],
    ];
  it.each(rows)('%s', async (_title, prepare, ...says) => {
    await refuse(prepare, { code: 2, says });
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)(`a file without permission${isRoot ? ' (root may read every file)' : ''}`, () =>
    refuse(
      withCorpus('a.txt', (folder) => {
        writeFileSync(join(folder, 'a.txt'), 'text');
        chmodSync(join(folder, 'a.txt'), 0);
      }),
      { code: 2, says: ['a.txt', 'may not be read'] },
    ),
  );
});

describe('a wrong flag or argument is refused', () => {
  const tiny = (...flags: string[]) => runsFile(tinyStudy(), ...flags);
  const besideFile =
    (path: string, prepare: (folder: string) => readonly string[]) =>
    (folder: string): readonly string[] => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), '');
      return prepare(folder);
    };
  const rows: readonly [words: string, prepare: (folder: string) => readonly string[], ...says: string[]][] =
    [
      ['--seed abc', tiny('--seed', 'abc'), '--seed', '"abc"', '2147483647'],
      ['--seed -1', tiny('--seed', '-1'), '--seed', '"-1"', 'from 0'],
      ['--seed 1e3', tiny('--seed', '1e3'), '--seed', '"1e3"', 'whole number'],
      ['--seed 2^53', tiny('--seed', '9007199254740993'), '--seed', '9007199254740993'],
      ['--trainers 0', tiny('--trainers', '0'), '--trainers', '"0"', 'from 1 to 256'],
      ['--threads 1.5', tiny('--threads', '1.5'), '--threads', '"1.5"'],
      ['--device tpu', tiny('--device', 'tpu'), '--device', '"tpu"', 'cpu, native, webgpu, cuda, reference'],
      ['--mode __proto__', tiny('--mode', '__proto__'), '--mode', '"__proto__"', 'select, audit'],
      ['--out with a file', besideFile('f', tiny('--out', 'f')), 'written to f', 'no folder'],
      ['--out below a file', besideFile('f', tiny('--out', 'f/g')), 'f/g', 'ENOTDIR'],
      ['--home without a value', () => ['study', 'list', '--home', '--json'], '--home', 'path'],
      ['an unknown flag', () => ['demo', '--fast'], "unknown option '--fast'"],
      ['an unknown command', () => ['grow'], "unknown command 'grow'"],
      ['no command', () => [], 'command is missing'],
      ['a missing argument', () => ['study', 'run'], "missing required argument 'file'"],
      ['too many arguments', () => ['study', 'list', 'all'], 'too many arguments'],
      ['an id without a history', () => ['study', 'show', 'abc'], 'no history'],
      ['resuming without a history', () => ['study', 'resume', 'abc'], 'no history'],
      ['removing without a history', () => ['study', 'remove', 'abc', '--yes'], 'no history'],
      ['a report without a history', () => ['report', '../../etc'], 'no history'],
      ['a pool that is not there', () => ['pool', 'show', 'toString'], 'pool', '"toString"'],
      [
        'a pool that would shrink',
        () => ['pool', 'show', 'demo-12', '--from', '8', '--to', '4'],
        '--to is 4',
        '8',
      ],
      [
        'heads that do not divide',
        () => ['graph', 'export', '--out', 'a.onnx', '--heads', '5'],
        '--heads',
        '5 heads',
      ],
      [
        'an unknown program',
        () => ['graph', 'export', '--out', 'a.onnx', '--program', 'all'],
        '--program',
        '"all"',
        'step',
      ],
      [
        'a graph into a missing folder',
        () => ['graph', 'export', '--out', 'no/a.onnx'],
        '--out',
        'not there',
      ],
      [
        'a graph over a folder',
        besideFile('d/f', () => ['graph', 'export', '--out', 'd']),
        '--out',
        'folder',
      ],
      [
        'a graph of two models',
        () => ['graph', 'export', '--out', 'a.onnx', '--study', 's.yaml', '--width', '8'],
        '--width',
        '--study',
      ],
    ];
  it.each(rows)('%s', async (_title, prepare, ...says) => {
    await refuse(prepare, { code: 2, says });
  });
});

describe('a home folder that cannot be used is refused', () => {
  const file = (folder: string): string => {
    writeFileSync(join(folder, 'taken'), 'mine');
    return join(folder, 'taken');
  };
  it.each([
    ['run', (folder: string) => [...runsFile(tinyStudy())(folder), '--home', file(folder)]],
    ['list', (folder: string) => ['study', 'list', '--home', file(folder)]],
    ['demo', (folder: string) => ['demo', '--home', file(folder)]],
  ])('a file, by %s', (_title, prepare) =>
    refuse(prepare, { code: 3, says: ['home folder', 'taken', 'is a file'] }),
  );

  it('a folder that cannot be made', () =>
    refuse((folder) => [...runsFile(tinyStudy())(folder), '--home', '/proc/espalier'], {
      code: 3,
      says: ['home folder /proc/espalier', 'cannot be written'],
    }));

  it('a database of another program', () =>
    refuse(
      (folder) => {
        mkdirSync(join(folder, 'home'));
        writeFileSync(join(folder, 'home', 'history.sqlite'), 'not a database '.repeat(20));
        return ['study', 'list'];
      },
      { code: 3, says: ['history.sqlite', 'not an SQLite database'] },
    ));
});
