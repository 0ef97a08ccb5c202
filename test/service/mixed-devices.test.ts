/** Studies on several devices: each run stays where it began, and the report says what trained where. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudySpec, StudySpecInput } from '../../src-main/contract/study.ts';
import { parseStudy } from '../../src-main/contract/study-text.ts';
import { findingsOf } from '../../src-main/service/study-digest.ts';
import { trainerCounts } from '../../src-main/service/study-lanes.ts';
import { localTrainers } from '../lag/local-trainers.ts';
import { TestHome, tinyStudy } from '../lag/tiny-study.ts';

let test: TestHome;
beforeEach(() => {
  test = new TestHome();
});
afterEach(() => test.remove());

const mixed = (changes: Partial<StudySpecInput> = {}): StudySpec =>
  tinyStudy({
    mode: 'audit',
    decision: { rule: 'lossAtLag', lag: 12, resamples: 100 },
    compute: { device: ['cpu', 'reference'], mixDevices: true, trainers: 1, checkpointSeconds: 0 },
    ...changes,
  });

describe('a study on devices of two kinds', () => {
  it('trains on both, the source on the first, and says in findings and report what trained where', async () => {
    const analysis = await test.run(mixed(), localTrainers());
    const runs = test.read((history) => history.listRuns(analysis.id));
    expect(runs.find(({ kind }) => kind === 'source')!.computeDevice).toBe('cpu');
    expect(new Set(runs.map(({ computeDevice }) => computeDevice))).toEqual(new Set(['cpu', 'reference']));
    for (const { computeDevice, device } of runs)
      expect(device).toMatch(computeDevice === 'cpu' ? /onnxruntime-node .*, cpu/ : /reference interpreter/);
    const { deviceUse } = analysis;
    expect(deviceUse.map(({ device }) => device).toSorted()).toEqual(['cpu', 'reference']);
    expect(deviceUse.flatMap(({ candidates }) => candidates).toSorted()).toEqual([
      'identity',
      'noisy',
      'random',
      'stack',
    ]);
    expect(analysis.environment['trained on reference']).toBe(
      deviceUse.find(({ device }) => device === 'reference')!.candidates.join(', '),
    );
    expect(findingsOf(analysis).join('\n')).toMatch(
      /The results are mixed: .*\((.+ on cpu; .+ on reference|.+ on reference; .+ on cpu)\)/,
    );
  });

  it('keeps every run on the kind of device that it began on, through deaths and stops', async () => {
    const seen = new Map<string, Set<string>>();
    let deaths = 0;
    const trainers = () =>
      localTrainers({
        onJob: (job) => {
          const devices = seen.get(job.runId) ?? new Set();
          seen.set(job.runId, devices.add(job.compute.device));
          return job;
        },
        diesAt: (event) => event.kind === 'checkpoint' && event.step === 6 && deaths++ < 2,
      });
    const stop = new AbortController();
    const first = test.run(mixed(), trainers(), {
      signal: stop.signal,
      onProgress: ({ runId, step }) => runId?.endsWith('/full') && step >= 8 && stop.abort(),
    });
    await expect(first).rejects.toMatchObject({ code: 'interrupted' });
    const { state } = await test.run(mixed(), trainers());
    expect(state).toBe('finished');
    expect(deaths).toBeGreaterThan(1);
    expect([...seen.values()].filter((devices) => devices.size > 1)).toEqual([]);
    expect(new Set([...seen.values()].flatMap((devices) => [...devices])).size).toBe(2);
  });

  it('is not mixed where all are of one kind', async () => {
    const analysis = await test.run(mixed({ compute: { device: ['cpu'], trainers: 2 } }), localTrainers());
    expect(analysis.deviceUse).toHaveLength(1);
    expect(findingsOf(analysis).join('\n')).not.toContain('mixed');
    expect(analysis.environment).not.toHaveProperty('trained on cpu');
  });
});

describe('trainerCounts', () => {
  const question = (changes: Partial<StudySpec['compute']>) => {
    const spec = tinyStudy();
    const targetArchitecture = { ...spec.model, layers: 4, vocabulary: 8 };
    return {
      compute: { ...spec.compute, ...changes },
      largestModelOn: (device: 'cpu') => ({
        spec: { ...spec, compute: { ...spec.compute, device } },
        targetArchitecture,
      }),
      options: {},
      capacity: { memoryBytes: 1e12, diskBytes: 1e12 },
    } as Parameters<typeof trainerCounts>[1];
  };

  it('gives a GPU one trainer, and devices on the CPU what is asked for', () => {
    const places = [{ device: 'cuda', gpu: 0 }, { device: 'cuda', gpu: 1 }, { device: 'cpu' }] as const;
    expect(trainerCounts(places, question({ trainers: 3 }))).toEqual([1, 1, 3]);
    expect(trainerCounts([{ device: 'cuda' }], question({ trainers: 3 }))).toEqual([3]);
    expect(trainerCounts([{ device: 'cuda' }], question({ trainers: undefined }))).toEqual([1]);
  });

  it('shares what memory holds among the devices on the CPU', () => {
    const tight = { ...question({ trainers: undefined }), capacity: { memoryBytes: 1, diskBytes: 1 } };
    expect(trainerCounts([{ device: 'cpu' }, { device: 'tfjs-wasm' }], tight)).toEqual([1, 1]);
  });
});

describe('compute.device as a list', () => {
  const problem = (compute: string): unknown => {
    const text = `name: a\nmodel: { width: 16, heads: 2, context: 16 }\nsource: { layers: 1 }\ntarget: { layers: 2 }\ncompute: ${compute}\n`;
    try {
      return parseStudy({ path: 'a.yaml', text }).compute.device;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is taken where its devices are of one kind, or may be mixed', () => {
    expect(problem('{ device: [cuda:0, cuda:1] }')).toEqual(['cuda:0', 'cuda:1']);
    expect(problem('{ device: [cuda, cpu], mixDevices: true }')).toEqual(['cuda', 'cpu']);
  });

  it('is refused naming what is wrong and what is allowed', () => {
    expect(problem('{ device: [cuda, cpu] }')).toMatch(
      /compute\.device \(line 5\): mixes cuda and cpu, whose losses differ in their last digits; name devices of one kind, or add mixDevices: true/,
    );
    expect(problem('{ device: [cuda, cuda:0] }')).toMatch(/compute\.device \(line 5\): names cuda:0 twice/);
    expect(problem('{ device: [cpu, tpu] }')).toMatch(
      /compute\.device\[1\].*"tpu".*must be one of cpu, .*cuda:N/s,
    );
    expect(problem('{ device: [cpu, auto] }')).toMatch(/compute\.device\[1\].*"auto"/s);
    expect(problem('{ device: [] }')).toMatch(/compute\.device.*at least 1/s);
    expect(problem('{ device: tpu }')).toMatch(
      /compute\.device \(line 5\): is "tpu"; it must be one of auto, cpu, .*, or a list/s,
    );
  });
});
