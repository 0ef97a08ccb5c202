import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { History } from '../../src-main/history/history.ts';
import { HISTORY_FILE, openHistory } from '../../src-main/history/open-history.ts';
import { architecture, candidate, evaluation, fill, hash, run, study } from './records.ts';

let folder: string;
let history: History;
let ticks: number;
const now = (): string => new Date(1_000_000 + 1000 * ticks++).toISOString();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-history-'));
  ticks = 0;
  history = openHistory(folder, { mode: 'write', now });
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

function reopen(): void {
  history.close();
  history = openHistory(folder, { mode: 'write', now });
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    return (error as EspalierError).code;
  }
  return 'nothing was thrown';
}

describe('studies', () => {
  it('come back as they were created, planned, with equal times, and frozen', () => {
    const created = history.createStudy(study('abc'));
    expect(created).toEqual({
      ...study('abc'),
      state: 'planned',
      reason: null,
      createdAt: '1970-01-01T00:16:40.000Z',
      updatedAt: '1970-01-01T00:16:40.000Z',
    });
    expect(Object.isFrozen(created)).toBe(true);
    reopen();
    expect(history.getStudy('abc')).toEqual(created);
  });

  it('change state with a reason that the next change clears', () => {
    history.createStudy(study('abc'));
    expect(history.updateStudyState('abc', 'failed', 'disk full')).toMatchObject({
      state: 'failed',
      reason: 'disk full',
      createdAt: '1970-01-01T00:16:40.000Z',
      updatedAt: '1970-01-01T00:16:41.000Z',
    });
    expect(history.updateStudyState('abc', 'running').reason).toBeNull();
    expect(codeOf(() => history.updateStudyState('none', 'running'))).toBe('bad-input');
  });

  it('are found by a unique prefix, an exact id first', () => {
    for (const id of ['ab', 'abc', 'abd', 'x%', 'x_y']) history.createStudy(study(id));
    expect(history.getStudy('ab').id).toBe('ab');
    expect(history.getStudy('abd').id).toBe('abd');
    expect(history.getStudy('x%').id).toBe('x%');
    expect(history.getStudy('x_').id).toBe('x_y');
    expect(() => history.getStudy('x')).toThrow(/2 studies begin with "x": x%, x_y/);
    expect(() => history.getStudy('')).toThrow(/no study/);
    expect(() => history.getStudy('%')).toThrow(/no study/);
  });

  it('are listed newest first and found by their spec', () => {
    history.createStudy(study('a', { specHash: 'same' }));
    history.createStudy(study('b', { specHash: 'same' }));
    expect(history.listStudies().map(({ id }) => id)).toEqual(['b', 'a']);
    expect(history.findStudyBySpecHash('same')?.id).toBe('b');
    expect(history.findStudyBySpecHash('other')).toBeNull();
  });

  it('are refused twice and with an unknown mode', () => {
    history.createStudy(study('a'));
    expect(codeOf(() => history.createStudy(study('a')))).toBe('bad-input');
    expect(codeOf(() => history.createStudy(study('b', { mode: 'guess' as 'audit' })))).toBe('bad-input');
    expect(history.listStudies()).toHaveLength(1);
  });

  it('take everything with them and name the checkpoint files nobody needs', () => {
    fill(history);
    history.createStudy(study('t'));
    history.createRun(run('other', 't'));
    history.recordEvaluations([evaluation('probe', 0)]);
    history.recordDecision({
      studyId: 's',
      policy: '',
      growingPoint: 0,
      rule: 'cooldown',
      lag: 100,
      chosenCandidateId: 'c',
      evidenceJson: '{}',
    });
    history.addEvent({ studyId: 's', runId: 'probe', kind: 'run-retried', message: 'x' });
    for (const [runId, digit] of [
      ['source', 'a'],
      ['probe', 'a'],
      ['probe', 'b'],
      ['other', 'b'],
    ] as const)
      history.addCheckpoint({
        runId,
        step: digit === 'a' ? 0 : 1,
        kind: 'final',
        hash: hash(digit),
        bytes: 1,
      });
    expect(history.removeStudy('s')).toEqual([hash('a')]);
    expect(history.listCandidates('s')).toEqual([]);
    expect(history.listRuns('s')).toEqual([]);
    expect(history.listEvaluations('probe')).toEqual([]);
    expect(history.listDecisions('s')).toEqual([]);
    expect(history.listEvents('s')).toEqual([]);
    expect([...history.referencedCheckpoints()]).toEqual([hash('b')]);
    expect(codeOf(() => history.removeStudy('s'))).toBe('bad-input');
  });
});

describe('candidates', () => {
  it('come back by position and repeat', () => {
    history.createStudy(study('s'));
    const [first, repeat, control] = [
      candidate('c1', 's', { strategy: 'stack' }),
      candidate('c2', 's', { strategy: 'stack', repeat: 1 }),
      candidate('c3', 's', { position: 1, isControl: true }),
    ] as const;
    history.addCandidates([control, repeat, first]);
    expect(history.listCandidates('s')).toEqual([first, repeat, control]);
  });

  it('are added all or none', () => {
    history.createStudy(study('s'));
    const twice = [candidate('c1', 's', { strategy: 'x' }), candidate('c2', 's', { strategy: 'x' })];
    expect(codeOf(() => history.addCandidates(twice))).toBe('bad-input');
    expect(history.listCandidates('s')).toEqual([]);
    expect(codeOf(() => history.addCandidates([candidate('c', 'no study')]))).toBe('bad-input');
  });
});

describe('runs', () => {
  it('come back with their architecture and change only where they are told to', () => {
    fill(history);
    expect(history.getRun('probe')).toEqual(run('probe', 's', { candidateId: 'c', kind: 'probe' }));
    const changed = history.updateRun('probe', {
      state: 'diverged',
      reason: 'NaN',
      flops: 1e18,
      stepsDone: 3,
    });
    expect(changed).toEqual({
      ...run('probe', 's', { candidateId: 'c', kind: 'probe' }),
      state: 'diverged',
      reason: 'NaN',
      flops: 1e18,
      stepsDone: 3,
    });
    reopen();
    expect(history.listRuns('s')).toEqual([run('source', 's'), changed]);
    expect(changed.architecture).toEqual(architecture);
    expect(codeOf(() => history.getRun('none'))).toBe('bad-input');
    expect(codeOf(() => history.updateRun('none', {}))).toBe('bad-input');
  });

  it('of a source have no candidate, all others have one', () => {
    fill(history);
    expect(codeOf(() => history.createRun(run('x', 's', { candidateId: 'c' })))).toBe('bad-input');
    expect(codeOf(() => history.createRun(run('x', 's', { kind: 'full' })))).toBe('bad-input');
  });

  it('of finished sources are found by their key while their final checkpoint is there', () => {
    history.createStudy(study('s'));
    history.createRun(run('source', 's'), { sourceKey: 'k' });
    const checkpoint = { runId: 'source', step: 100, kind: 'final', hash: hash('a'), bytes: 9 } as const;
    history.addCheckpoint({ ...checkpoint, step: 50, kind: 'resume' });
    history.updateRun('source', { state: 'finished' });
    expect(history.findSourceRun('k')).toBeNull();
    history.addCheckpoint(checkpoint);
    expect(history.findSourceRun('k')).toEqual({
      run: run('source', 's', { state: 'finished' }),
      checkpoint,
    });
    expect(history.findSourceRun('other')).toBeNull();
    history.updateRun('source', { state: 'running' });
    expect(history.findSourceRun('k')).toBeNull();
  });
});

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1, 5e-324, 2 ** 60),
);

describe('evaluations', () => {
  it('keep every number to the last bit, NaN, infinities and missing values included', () => {
    fill(history);
    let step = 0;
    fc.assert(
      fc.property(
        anyNumber,
        fc.option(anyNumber),
        fc.option(anyNumber),
        fc.option(anyNumber),
        fc.array(fc.integer({ min: 0, max: 0xffffffff })),
        (loss, trainingLoss, gradientNorm, weightDistance, words) => {
          const record = evaluation('probe', step++, {
            loss,
            trainingLoss,
            gradientNorm,
            weightDistance,
            batchLosses: new Float32Array(Uint32Array.from(words).buffer),
          });
          history.recordEvaluations([record]);
          const read = history.listEvaluations('probe').at(-1)!;
          for (const name of ['loss', 'trainingLoss', 'gradientNorm', 'weightDistance'] as const)
            expect(Object.is(read[name], record[name]), `${name} ${record[name]}`).toBe(true);
          expect([...new Uint32Array(read.batchLosses.buffer)]).toEqual(words);
          history.recordEvaluations([record]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sort by loss inside the database, NaN last', () => {
    fill(history);
    const losses = [Number.NaN, 3, Number.NEGATIVE_INFINITY, -1, Number.POSITIVE_INFINITY];
    history.recordEvaluations(losses.map((loss, step) => evaluation('probe', step, { loss })));
    const database = new SqliteDatabase(join(folder, HISTORY_FILE), { readonly: true });
    const sorted = database.prepare('SELECT step FROM evaluations ORDER BY loss').pluck().all();
    database.close();
    expect(sorted).toEqual([2, 3, 1, 4, 0]);
  });

  it('are listed by step', () => {
    fill(history);
    history.recordEvaluations([20, 0, 10].map((step) => evaluation('probe', step)));
    expect(history.listEvaluations('probe').map(({ step }) => step)).toEqual([0, 10, 20]);
  });

  it('forgets what was measured from a step on, with its metrics', () => {
    fill(history);
    history.recordEvaluations(
      [0, 5, 10].map((step) => evaluation('probe', step, { metrics: { copy: 0.5 } })),
    );
    history.forgetEvaluations('probe', 5);
    expect(history.listEvaluations('probe')).toEqual([evaluation('probe', 0, { metrics: { copy: 0.5 } })]);
    // What comes again may differ.
    history.recordEvaluations([evaluation('probe', 5, { loss: 7, metrics: { copy: 1 } })]);
    expect(history.findEvaluation('probe', 5)).toMatchObject({ loss: 7, metrics: { copy: 1 } });
  });

  it('may come again with equal values in another time, and the first time stays', () => {
    fill(history);
    history.recordEvaluations([evaluation('probe', 5, { loss: Number.NaN })]);
    history.recordEvaluations([evaluation('probe', 5, { loss: Number.NaN, seconds: 9 })]);
    expect(history.listEvaluations('probe')).toMatchObject([{ step: 5, seconds: 1.25 }]);
  });

  it('are refused with other values, by name, and the whole batch with them', () => {
    fill(history);
    history.recordEvaluations([evaluation('probe', 5)]);
    const others = [
      { loss: 2.5000000000000004 },
      { loss: Number.NaN },
      { batchLosses: Float32Array.of(2.25, 2.5) },
      { trainingLoss: null },
      { gradientNorm: -0.5 },
      { learningRate: 0 },
      { weightDistance: 0.12500000000000003 },
      { metrics: { 'copy.accuracy': 0.5 } },
    ];
    for (const other of others)
      expect(
        codeOf(() => history.recordEvaluations([evaluation('probe', 6), evaluation('probe', 5, other)])),
      ).toBe('failed');
    expect(() => history.recordEvaluations([evaluation('probe', 5, { loss: 7.5 })])).toThrow(
      /loss 2\.5 and came again with 7\.5/,
    );
    expect(history.listEvaluations('probe')).toHaveLength(1);
    expect(codeOf(() => history.recordEvaluations([evaluation('no run', 0)]))).toBe('bad-input');
  });

  it('may come again with a distance that was not known before, or is not known any more', () => {
    fill(history);
    history.recordEvaluations([evaluation('probe', 5, { weightDistance: null })]);
    expect(history.listEvaluations('probe')[0]!.weightDistance).toBeNull();
    for (const weightDistance of [0.5, null, 0.5]) {
      history.recordEvaluations([evaluation('probe', 5, { weightDistance })]);
      expect(history.listEvaluations('probe')[0]!.weightDistance).toBe(0.5);
    }
    expect(() => history.recordEvaluations([evaluation('probe', 5, { weightDistance: 0.25 })])).toThrow(
      /weightDistance 0\.5 and came again with 0\.25/,
    );
  });

  it('carry the metrics that were asked for, which must come again as they were', () => {
    fill(history);
    const metrics = { news: 2.5, 'copy.accuracy': 0, 'induction.accuracy': Number.NaN };
    history.recordEvaluations([evaluation('probe', 5, { metrics }), evaluation('probe', 6)]);
    history.recordEvaluations([evaluation('probe', 5, { metrics, seconds: 9 })]);
    const [with3, without] = history.listEvaluations('probe');
    expect(with3!.metrics).toEqual(metrics);
    expect(without).not.toHaveProperty('metrics');
    const { news: _, ...fewer } = metrics;
    for (const other of [fewer, { ...metrics, news: 2.25 }, { ...metrics, more: 1 }])
      expect(() => history.recordEvaluations([evaluation('probe', 5, { metrics: other })])).toThrow(
        /was recorded with (news|more) .* must give the same numbers/,
      );
    expect(() => history.recordEvaluations([evaluation('probe', 5)])).toThrow(/news 2\.5|accuracy/);
  });
});

describe('checkpoints', () => {
  const checkpoint = (step: number, kind: 'start' | 'resume' | 'final', digit: string) =>
    ({ runId: 'probe', step, kind, hash: hash(digit), bytes: 100 }) as const;

  it('are listed by step, the latest one to go on from', () => {
    fill(history);
    expect(history.latestCheckpoint('probe')).toBeNull();
    const all = [checkpoint(0, 'start', 'a'), checkpoint(9, 'resume', 'b'), checkpoint(9, 'final', 'b')];
    for (const one of all.toReversed()) history.addCheckpoint(one);
    expect(history.listCheckpoints('probe')).toEqual(all);
    expect(history.latestCheckpoint('probe')).toEqual(all[2]);
  });

  it('may come again with equal bytes, not with others', () => {
    fill(history);
    history.addCheckpoint(checkpoint(5, 'resume', 'a'));
    history.addCheckpoint(checkpoint(5, 'resume', 'a'));
    expect(history.listCheckpoints('probe')).toHaveLength(1);
    expect(codeOf(() => history.addCheckpoint(checkpoint(5, 'resume', 'b')))).toBe('failed');
    expect(codeOf(() => history.addCheckpoint({ ...checkpoint(6, 'resume', 'a'), hash: 'short' }))).toBe(
      'bad-input',
    );
  });

  it('tell with the last row of a hash that its file may go', () => {
    fill(history);
    history.addCheckpoint(checkpoint(5, 'resume', 'a'));
    history.addCheckpoint(checkpoint(5, 'final', 'a'));
    expect(history.deleteCheckpoint(checkpoint(5, 'resume', 'a'))).toBeNull();
    expect(history.deleteCheckpoint(checkpoint(5, 'final', 'a'))).toBe(hash('a'));
    expect(history.referencedCheckpoints().size).toBe(0);
    expect(codeOf(() => history.deleteCheckpoint(checkpoint(5, 'final', 'a')))).toBe('bad-input');
  });
});

describe('decisions and events', () => {
  const decision = {
    studyId: 's',
    policy: '',
    growingPoint: 0,
    rule: 'cooldown',
    lag: 200,
    chosenCandidateId: 'c',
    evidenceJson: '{"margin":1}',
  };

  it('record a decision once and never change it', () => {
    fill(history);
    const recorded = history.recordDecision(decision);
    expect(recorded).toMatchObject(decision);
    expect(history.recordDecision(decision)).toEqual(recorded);
    expect(() => history.recordDecision({ ...decision, lag: 100 })).toThrow(/lag 200; .* with 100/);
    expect(
      codeOf(() => history.recordDecision({ ...decision, growingPoint: 1, chosenCandidateId: 'x' })),
    ).toBe('bad-input');
    expect(history.listDecisions('s')).toEqual([recorded]);
  });

  it('number events in their order and list those after a given one', () => {
    fill(history);
    const first = history.addEvent({ studyId: 's', runId: null, kind: 'study-started', message: 'a' });
    const second = history.addEvent({ studyId: 's', runId: 'probe', kind: 'run-retried', message: 'b' });
    expect(second.sequence).toBeGreaterThan(first.sequence);
    expect(history.listEvents('s')).toEqual([first, second]);
    expect(history.listEvents('s', first.sequence)).toEqual([second]);
  });
});

describe('transaction', () => {
  it('keeps all changes or none, nested ones with their outer one', () => {
    fill(history);
    const failing = (): void =>
      history.transaction(() => {
        history.updateRun('probe', { stepsDone: 5 });
        history.transaction(() => history.recordEvaluations([evaluation('probe', 5)]));
        throw new RangeError('stop');
      });
    expect(failing).toThrow(RangeError);
    expect(history.getRun('probe').stepsDone).toBe(0);
    expect(history.listEvaluations('probe')).toEqual([]);
    expect(history.transaction(() => history.updateRun('probe', { stepsDone: 5 }).stepsDone)).toBe(5);
    expect(history.getRun('probe').stepsDone).toBe(5);
  });
});
