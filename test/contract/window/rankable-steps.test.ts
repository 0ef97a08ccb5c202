import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpenRun, rankableSteps } from '../../../src-main/contract/window/rankable-steps.ts';

const closed = (...steps: readonly number[]) => ({ steps, isOpen: false });
const open = (...steps: readonly number[]) => ({ steps, isOpen: true });

describe('rankableSteps', () => {
  it('leaves out steps that a curve still going on has not measured', () => {
    expect(rankableSteps([open(0, 10, 20, 40), open(0, 20)])).toEqual([0, 20]);
  });

  it('takes no step from the others for a curve that stopped', () => {
    expect(rankableSteps([closed(0, 10, 20), closed(0, 10), closed()])).toEqual([0, 10, 20]);
  });

  it('has none while a curve that is to come has not begun', () => {
    expect(rankableSteps([closed(0, 10, 20), open()])).toEqual([]);
  });

  it('is what a search through all curves finds', () => {
    const curve = fc.record({
      steps: fc.uniqueArray(fc.nat(12), { maxLength: 10 }).map((steps) => steps.sort((a, b) => a - b)),
      isOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(curve, { maxLength: 6 }), (curves) => {
        const expected = Array.from({ length: 13 }, (_, step) => step).filter(
          (step) =>
            curves.some(({ steps }) => steps.includes(step)) &&
            curves.every(
              ({ steps, isOpen }) => steps.includes(step) || (!isOpen && (steps.at(-1) ?? -1) < step),
            ),
        );
        expect(rankableSteps(curves)).toEqual(expected);
      }),
    );
  });
});

describe('isOpenRun', () => {
  const study = {
    state: 'running',
    mode: 'audit',
    rule: { name: 'cooldown', lag: 9, schedule: 'cooldown', inWords: '', confidence: 0.95 },
    decision: null,
  } as const;

  it('waits for the final runs of an audit, also after its decision', () => {
    const decided = { ...study, decision: {} as never };
    expect(isOpenRun(null, 'final', decided)).toBe(true);
    expect(isOpenRun({ state: 'waiting' }, 'final', decided)).toBe(true);
    expect(isOpenRun(null, 'cooldown', decided)).toBe(false);
  });

  it('waits for nothing in a study that is over, and not for runs that ended', () => {
    expect(isOpenRun({ state: 'waiting' }, 'final', { ...study, state: 'finished' })).toBe(false);
    expect(isOpenRun({ state: 'diverged' }, 'final', study)).toBe(false);
  });

  it('waits in a study that selects for the schedule its rule reads, until it has decided', () => {
    const selecting = { ...study, mode: 'select' } as const;
    expect(isOpenRun(null, 'cooldown', selecting)).toBe(true);
    expect(isOpenRun(null, 'final', selecting)).toBe(false);
  });
});
