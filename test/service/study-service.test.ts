import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { StudySpec } from '../../src-main/contract/study.ts';
import { localTrainers } from '../lag/local-trainers.ts';
import { outcomeOf, runOptions, TestHome, tinyStudy } from '../lag/tiny-study.ts';

let test: TestHome;
beforeEach(() => {
  test = new TestHome();
});
afterEach(() => test.remove());

async function refusal(action: () => unknown): Promise<EspalierError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    return error as EspalierError;
  }
  throw new Error('nothing was refused');
}

const aborted = (): AbortSignal => AbortSignal.abort();

describe('StudyService', () => {
  it('estimates without writing anything', () => {
    rmSync(test.home.folder, { recursive: true });
    const { estimate } = test.service(localTrainers()).estimate(tinyStudy());
    expect(estimate.runs).toBe(6);
    expect(existsSync(test.home.folder)).toBe(false);
  });

  it('leaves no trace of a study that cannot be planned', async () => {
    rmSync(test.home.folder, { recursive: true });
    const spec = tinyStudy({ pool: 'no-such-pool' });
    expect((await refusal(() => test.run(spec, localTrainers()))).code).toBe('bad-input');
    expect(existsSync(test.home.folder)).toBe(false);
    expect(test.service(localTrainers()).list()).toEqual([]);
  });

  it('resumes by the beginning of the id, and says when there is nothing of the name', async () => {
    const service = test.service(localTrainers());
    for (const action of [
      () => service.resume('abc', runOptions()),
      () => service.analyse('abc'),
      () => service.remove('abc'),
    ])
      expect((await refusal(action)).message).toMatch(/there is no history/);

    await refusal(() => test.run(tinyStudy(), localTrainers(), { signal: aborted() }));
    const [summary] = service.list();
    expect(summary).toMatchObject({ study: { state: 'interrupted' }, strategiesCount: 4, chosen: null });
    const { id } = summary!.study;
    const starts: boolean[] = [];
    const analysis = await service.resume(
      id.slice(0, 5),
      runOptions({ onStart: ({ isResumed }) => void starts.push(isResumed) }),
    );
    expect(starts).toEqual([true]);
    expect(analysis).toMatchObject({ id, state: 'finished' });
    if (analysis.mode === 'stacking') throw new Error('an audit came back as a stacking study');
    expect(service.list()[0]!.chosen).toBe(analysis.decision!.strategy);
    expect(service.analyse(id)).toEqual(analysis);
    expect((await refusal(() => service.resume('zz', runOptions()))).message).toMatch(/no study "zz"/);
  });

  it('takes the compute settings of the file it is given, also for a study it knows', async () => {
    const compute = tinyStudy().compute;
    await refusal(() => test.run(tinyStudy(), localTrainers(), { signal: aborted() }));
    const starts: { trainers: number | null; isResumed: boolean }[] = [];
    const edited = tinyStudy({ compute: { ...compute, trainers: 3 } });
    await test.run(edited, localTrainers(), {
      onStart: ({ trainers, isResumed }) => void starts.push({ trainers, isResumed }),
    });
    expect(starts).toEqual([{ trainers: 3, isResumed: true }]);
  });

  it('removes a study with its checkpoints, and leaves what another one needs', async () => {
    const first = await test.run(tinyStudy(), localTrainers());
    const second = await test.run(tinyStudy({ horizon: 16 }), localTrainers());
    const before = test.read((history) => outcomeOf(history, second.id));
    const service = test.service(localTrainers());
    service.remove(first.id);
    expect(test.read((history) => outcomeOf(history, second.id))).toEqual(before);
    const needed = test.read((history) => [...history.referencedCheckpoints()].sort());
    expect(test.checkpointFiles()).toEqual(needed.map((hash) => `${hash}.safetensors`));
    service.remove(second.id);
    expect(test.checkpointFiles()).toEqual([]);
    expect(service.list()).toEqual([]);
  });

  describe('with a corpus that changes', () => {
    const corpus = (text: string): StudySpec => {
      const path = join(test.home.folder, 'text.txt');
      mkdirSync(test.home.folder, { recursive: true });
      writeFileSync(path, text.repeat(200));
      return tinyStudy({ data: { corpus: { path }, tokenizer: { kind: 'character' } } });
    };
    const forgetDatasets = (): void => rmSync(test.home.datasets, { recursive: true });

    it('goes on from its own copy of the data, and refuses to when that is gone too', async () => {
      const spec = corpus('the quick brown fox. ');
      await refusal(() => test.run(spec, localTrainers(), { signal: aborted() }));
      const { id } = test.service(localTrainers()).list()[0]!.study;
      corpus('another text of nearly the same length. ');
      const service = test.service(localTrainers());
      await refusal(() => service.resume(id, runOptions({ signal: aborted() })));
      expect(test.service(localTrainers()).analyse(id).state).toBe('interrupted');
      forgetDatasets();
      const error = await refusal(() => service.resume(id, runOptions()));
      expect(error.code).toBe('refused');
      expect(error.message).toMatch(/has changed since study/);
      corpus('the quick brown fox. ');
      expect((await service.resume(id, runOptions())).state).toBe('finished');
    });

    it('begins another study when the file is run again', async () => {
      const first = await test.run(corpus('the quick brown fox. '), localTrainers());
      const second = await test.run(corpus('the lazy grey dog. '), localTrainers());
      expect(second.id).not.toBe(first.id);
      expect(second.source.curve).not.toEqual(first.source.curve);
    });
  });
});
