import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import type { History } from '../../src-main/history/history.ts';
import { openHistory } from '../../src-main/history/open-history.ts';
import { type ChoiceSite, choose } from '../../src-main/lag/choose.ts';
import type { RunTask } from '../../src-main/lag/run-group.ts';
import { candidate, evaluation, run, study } from '../history/records.ts';

const LOSSES: Readonly<Record<string, number>> = { good: 2, bad: 2.5, lost: 1.9 };
const NAMES = Object.keys(LOSSES);
const STEPS = [4, 8, 16];
/** Step at which `lost` diverges. */
const LOST_AT = 6;

let folder: string;
let history: History;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-choose-'));
  history = openHistory(folder, { mode: 'write' });
  history.createStudy(study('s'));
  history.addCandidates(
    NAMES.map((name, position) => candidate(`s/${name}`, 's', { strategy: name, position })),
  );
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

const site = (rule: object): ChoiceSite => ({
  studyId: 's',
  policy: '',
  growingPoint: 0,
  rule: decisionRuleSchema.parse({ resamples: 100, ...rule }),
  seed: 1,
  horizon: 16,
  evaluationSteps: STEPS,
  candidates: NAMES.map((name, position) => ({
    candidateId: `s/${name}`,
    strategy: name,
    position,
    isControl: false,
    task: (schedule, untilStep) =>
      ({
        run: { id: `s/${name}/${schedule}`, untilStep, scheduleSteps: 16 },
        candidateId: `s/${name}`,
      }) as RunTask,
    repeats: [],
  })),
});

/** Trains in no time: what was asked for is there at once, except what `lost` does not reach. */
async function execute(tasks: readonly RunTask[]): Promise<void> {
  for (const { run: planned, candidateId } of tasks) {
    const name = candidateId.slice(2);
    const isLost = name === 'lost' && planned.untilStep >= LOST_AT;
    const known = history.listRuns('s').find(({ id }) => id === planned.id);
    if (!known) history.createRun(run(planned.id, 's', { candidateId, kind: 'full' }));
    const end = isLost ? LOST_AT : planned.untilStep;
    const from = known?.stepsDone ?? -1;
    history.recordEvaluations(
      [0, ...STEPS]
        .filter((step) => step > from && step <= end)
        .map((step) => evaluation(planned.id, step, { loss: LOSSES[name]! })),
    );
    history.updateRun(planned.id, { state: isLost ? 'diverged' : 'finished', stepsDone: end });
  }
}

describe('choose', () => {
  it('charges a candidate that diverged the steps it was really trained', async () => {
    const evidence = await choose(site({ rule: 'lossAtLag', lag: 16 }), history, execute);
    expect(evidence.trainedTo).toEqual({ good: 16, bad: 16, lost: LOST_AT });
  });

  it('does so in a race too, where the others are charged the last rung they reached', async () => {
    const evidence = await choose(
      site({ rule: 'successiveHalving', ladder: [4, 8, 16], eta: 1.5 }),
      history,
      execute,
    );
    expect(evidence.strategy).toBe('good');
    expect(evidence.trainedTo).toEqual({ good: 8, bad: 4, lost: LOST_AT });
  });
});
