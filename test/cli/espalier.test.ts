import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StudyDigest } from '../../src-main/service/study-digest.ts';
import { type Finished, json, run, start, temporaryFolder } from './espalier-process.ts';
import { tinyStudy } from './tiny-study.ts';

const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
const file = join(temporary.path, 'tiny.yaml');
const inHome = (...words: string[]): Promise<Finished> => run([...words, '--home', home]);

beforeAll(() => writeFileSync(file, tinyStudy()));
afterAll(() => temporary.remove());

type RunResult = StudyDigest & { alreadyFinished: boolean; report: string };

describe('espalier study', () => {
  it('runs, repeats, lists, shows, reports and removes a study', { timeout: 120_000 }, async () => {
    const first = await inHome('study', 'run', file, '--json', '--trainers', '2');
    expect(first.code, first.stderr).toBe(0);
    const result = json<RunResult>(first);
    expect(result).toMatchObject({
      name: 'tiny',
      mode: 'audit',
      state: 'finished',
      seed: 1,
      alreadyFinished: false,
    });
    expect(result.candidates.map(({ strategy }) => strategy)).toEqual(['stack', 'randTop', 'dead']);
    for (const { initialLoss, lossAtLag, finalLoss } of result.candidates)
      expect([initialLoss, lossAtLag, finalLoss].every((loss) => typeof loss === 'number' && loss > 0)).toBe(
        true,
      );
    const { decision, cost, spearman } = result;
    const best = result.candidates.toSorted((a, b) => a.lossAtLag! - b.lossAtLag!)[0]!;
    expect(decision).toMatchObject({ strategy: best.strategy, rule: 'cooldown', lag: 10 });
    expect(decision!.tie).toContain(best.strategy);
    expect(cost.flops).toBeGreaterThan(0);
    // Three probes of half the horizon and one full run, of three full runs.
    expect(cost.shareOfExhaustive).toBeCloseTo((3 * 10 + 20) / (3 * 20), 6);
    for (const value of Object.values(spearman!)) expect(Math.abs(value!)).toBeLessThanOrEqual(1);
    expect(spearman!.lossAtLag).toBe(
      result.agreement.find(({ predictor, step }) => predictor === 'cooldown probe' && step === 10)?.spearman,
    );
    expect(spearman!.plainLossAtLag).toBe(
      result.agreement.find(({ predictor, step }) => predictor === 'loss at k' && step === 10)?.spearman,
    );
    expect(readFileSync(result.report, 'utf8')).toContain('<!DOCTYPE html>');
    expect(first.stderr).toContain('7 runs');

    const again = await inHome('study', 'run', file, '--json');
    expect(json<RunResult>(again)).toEqual({ ...result, alreadyFinished: true });
    expect(again.stderr).toContain('finished before');

    const list = await inHome('study', 'list', '--json');
    expect(json(list)).toMatchObject({
      studies: [
        { study: result.study, name: 'tiny', state: 'finished', chosen: best.strategy, strategies: 3 },
      ],
    });
    expect((await inHome('study', 'list')).stdout).toMatch(
      new RegExp(`^${result.study} +tiny +audit +finished`, 'm'),
    );

    const shown = await inHome('study', 'show', result.study.slice(0, 6), '--json');
    expect(json(shown)).toMatchObject({ study: result.study, analysis: { id: result.study, horizon: 20 } });
    const text = await inHome('study', 'show', result.study);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`study ${result.study}`);
    for (const { strategy } of result.candidates) expect(text.stdout).toContain(strategy);

    const folder = join(temporary.path, 'report');
    const report = await inHome('report', result.study, '--out', folder, '--json');
    const { files } = json<{ files: string[] }>(report);
    expect(files.map((path) => path.slice(folder.length + 1))).toEqual([
      'report.html',
      'report.md',
      'candidates.csv',
      'curves.csv',
      'agreement.csv',
      'study.yaml',
    ]);
    for (const path of files) expect(existsSync(path), path).toBe(true);
    expect((await inHome('report', result.study)).stdout).toContain(join(home, 'reports', result.study));

    // The study file of the report is the same study.
    const repeated = await inHome('study', 'run', join(folder, 'study.yaml'), '--json');
    expect(json<RunResult>(repeated)).toMatchObject({ study: result.study, alreadyFinished: true });

    const kept = await inHome('study', 'remove', result.study);
    expect(kept.code).toBe(3);
    expect(kept.stderr).toContain('--yes');
    const removed = await inHome('study', 'remove', result.study, '--yes', '--json');
    expect(json(removed)).toEqual({ removed: result.study, name: 'tiny' });
    expect(json(await inHome('study', 'list', '--json'))).toEqual({ studies: [] });
    expect((await inHome('study', 'show', result.study)).code).toBe(2);
  });

  it('estimates without writing anything', async () => {
    const untouched = join(temporary.path, 'untouched');
    const estimate = await run(['study', 'run', file, '--estimate', '--json', '--home', untouched]);
    expect(json(estimate)).toMatchObject({
      name: 'tiny',
      estimate: { runs: 7, steps: 20 + 3 * 10 + 3 * 20, seconds: null },
    });
    expect((await run(['study', 'run', file, '--estimate', '--home', untouched])).stdout).toContain('7 runs');
    expect(existsSync(untouched)).toBe(false);
  });

  it('takes flags before the values of the file, each a study of its own', async () => {
    const words = ['study', 'run', file, '--estimate', '--json', '--home', home];
    const ids = await Promise.all(
      [[], ['--seed', '7'], ['--mode', 'select'], ['--device', 'reference'], ['--threads', '3']].map(
        async (flags) => json<{ study: string }>(await run([...words, ...flags])).study,
      ),
    );
    expect(new Set(ids.slice(0, 4)).size).toBe(4);
    expect(ids[4]).toBe(ids[0]); // threads change no result
  });

  it('stops at Ctrl-C with code 130 and ends with the same numbers after resuming', {
    timeout: 180_000,
  }, async () => {
    const long = join(temporary.path, 'long.yaml');
    writeFileSync(
      long,
      tinyStudy({
        mode: 'select',
        horizon: '2500',
        evaluation: '{ batches: 4, batchSize: 4, every: 250, early: [2] }',
        compute: '{ checkpointSeconds: 0 }',
      }),
    );
    const { child, finished } = start(['study', 'run', long, '--home', home, '--json']);
    child.stderr!.on('data', (data: Buffer) => {
      if (data.toString().includes('training to the end')) child.kill('SIGINT');
    });
    const stopped = await finished;
    expect(stopped.code, stopped.stderr).toBe(130);
    const { error } = json<{ error: { code: string; hint: string } }>(stopped);
    expect(error.code).toBe('interrupted');
    const id = /^Continue: espalier study resume (\w+) --home /.exec(error.hint)?.[1];
    expect(id).toBeDefined();
    expect(json(await inHome('study', 'list', '--json'))).toMatchObject({
      studies: [{ study: id, state: 'interrupted' }],
    });

    const resumed = json<RunResult>(await inHome('study', 'resume', id!, '--json'));
    expect(resumed).toMatchObject({ study: id, state: 'finished', alreadyFinished: false });
    const whole = json<RunResult>(
      await run(['study', 'run', long, '--json', '--home', join(temporary.path, 'whole')]),
    );
    expect(whole.candidates).toEqual(resumed.candidates);
    expect(whole.decision).toEqual(resumed.decision);
  });

  it('stops a demo at SIGTERM and says how to go on', { timeout: 120_000 }, async () => {
    const { child, finished } = start(['demo', '--seed', '3', '--home', home]);
    child.stderr!.on('data', (data: Buffer) => {
      if (data.toString().includes('training the source')) child.kill('SIGTERM');
    });
    const stopped = await finished;
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stdout).toBe('');
    expect(stopped.stderr).toMatch(/^demo \(study \w+\): 14 runs, /m);
    expect(stopped.stderr).toMatch(/Continue: espalier study resume \w+ --home /);
  });
});

describe('espalier pool', () => {
  it('lists the pools', async () => {
    const { pools } = json<{ pools: { name: string; strategies: number }[] }>(
      await run(['pool', 'list', '--json']),
    );
    expect(pools).toContainEqual(expect.objectContaining({ name: 'demo-12', strategies: 12, controls: 0 }));
    expect((await run(['pool', 'list'])).stdout).toMatch(/^demo-12 +12 +0 /m);
  });

  it('draws plans and names what cannot be applied', async () => {
    const view = json(await run(['pool', 'show', 'demo-12', '--from', '1', '--to', '2', '--json']));
    expect(view).toMatchObject({ from: 1, to: 2, refusals: [{ strategy: 'ins1b2' }] });
    expect(view.duplicates).not.toEqual([]);
    const text = await run(['pool', 'show', 'demo-12']);
    expect(text.stdout).toMatch(/^stack +Stack +none +0 1 2 3 0 1 2 3$/m);
  });
});

describe('espalier graph export', () => {
  it.each([
    ['step', [], 'training-step'],
    ['gradients', ['--layers', '1', '--flavor', 'cpu'], 'gradients'],
    ['evaluation', ['--loop'], 'evaluation'],
  ])('writes the %s program', async (name, flags, graphName) => {
    const out = join(temporary.path, `${name}.onnx`);
    const result = await run([
      'graph',
      'export',
      '--out',
      out,
      '--program',
      name,
      '--json',
      '--width',
      '16',
      ...flags,
    ]);
    expect(result.code, result.stderr).toBe(0);
    const bytes = readFileSync(out);
    expect(json(result)).toMatchObject({ path: out, bytes: bytes.length, program: name });
    expect(bytes.includes(graphName)).toBe(true);
  });

  it('takes the model of a study file, source or target', async () => {
    const out = join(temporary.path, 'study.onnx');
    const words = ['graph', 'export', '--out', out, '--study', file, '--json'];
    expect(json(await run(words))).toMatchObject({ architecture: { layers: 2, width: 16, vocabulary: 256 } });
    expect(json(await run([...words, '--model', 'source']))).toMatchObject({ architecture: { layers: 1 } });
    expect((await run(['graph', 'export', '--out', out, '--study', file])).stdout).toContain(out);
  });
});

describe('espalier engines and doctor', () => {
  it('tries every device and finds the CPU', { timeout: 180_000 }, async () => {
    const { engines } = json<{ engines: { device: string; available: boolean; hint: string | null }[] }>(
      await run(['engines', '--json']),
    );
    expect(engines.map(({ device }) => device)).toEqual([
      'cpu',
      'native',
      'webgpu',
      'cuda',
      'reference',
      'tfjs-wasm',
      'tfjs-cpu',
      'tfjs-node',
      'tfjs-gpu',
    ]);
    const hasKernels = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
    for (const { device, available, hint } of engines) {
      if (device === 'native') expect(available).toBe(hasKernels);
      if (['cpu', 'reference', 'tfjs-wasm', 'tfjs-cpu'].includes(device))
        expect(available, device).toBe(true);
      expect(hint === null, device).toBe(available);
    }
    expect((await run(['engines'])).stdout).toMatch(/^cpu +yes +onnxruntime-node/m);
    for (const [words, message] of [
      [['install', 'rocm', '--from', '.'], /<what> is "rocm"; it must be one of cuda/],
      [['install', 'cuda', '--from', import.meta.dirname], /neither it nor a folder below it holds/],
    ] as const) {
      const refused = await run(['engines', ...words]);
      expect(refused.stderr).toMatch(process.platform === 'linux' ? message : /./);
      expect([2, 3]).toContain(refused.code);
    }
  });

  it('finds this machine healthy and makes no home folder', { timeout: 180_000 }, async () => {
    const untouched = join(temporary.path, 'no-home');
    const result = await run(['doctor', '--json', '--home', untouched]);
    expect(result.code).toBe(0);
    const { healthy, checks } = json<{ healthy: boolean; checks: { name: string; state: string }[] }>(result);
    expect(healthy).toBe(true);
    expect(
      checks.filter(({ name }) => name !== 'training on WebGPU').map(({ state }) => state),
    ).not.toContain('broken');
    expect(existsSync(untouched)).toBe(false);
    expect((await run(['doctor', '--home', untouched])).stdout).toContain('Everything needed works.');
  });

  it('ends with code 4 when the home folder is a file', { timeout: 120_000 }, async () => {
    const result = await run(['doctor', '--json', '--home', file]);
    expect(result.code).toBe(4);
    expect(json(result)).toMatchObject({ healthy: false });
  });
});

describe('espalier', () => {
  it('prints version and help as text and as JSON', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await run(['--version'])).stdout).toBe(`${version}\n`);
    expect(json(await run(['--version', '--json']))).toEqual({ version });
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['demo', 'study', 'pool', 'report', 'graph', 'engines', 'doctor'])
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(json(await run(['study', 'run', '--help', '--json'])).help).toContain('--trainers');
  });

  it('prints the JSON Schema of study files, with and without --json', async () => {
    const plain = await run(['study', 'schema']);
    expect(json(plain)).toMatchObject({
      title: 'Espalier study',
      anyOf: [
        { type: 'object', properties: { horizon: {} } },
        { type: 'object', properties: { stages: {}, policies: {} } },
      ],
    });
    expect(json(await run(['study', 'schema', '--json']))).toEqual(json(plain));
  });

  it('survives a reader that goes away', async () => {
    const { child, finished } = start(['study', 'schema']);
    child.stdout!.destroy();
    const { code, stderr } = await finished;
    expect(code).toBe(0);
    expect(stderr).toBe('');
  });

  it('lists nothing and makes nothing in an empty home', async () => {
    const empty = join(temporary.path, 'empty');
    mkdirSync(empty);
    const list = await run(['study', 'list'], { env: { ESPALIER_HOME: empty } });
    expect(list.stdout).toContain('No studies yet');
    expect(existsSync(join(empty, 'history.sqlite'))).toBe(false);
  });
});
