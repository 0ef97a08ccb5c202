/** The readings of growth triggers that a table shows: the last few of every stage. */
import type { PolicyAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import type { TriggerReading } from '../contract/trigger.ts';

export interface ShownReading {
  readonly policy: PolicyAnalysis;
  /** From 0. */
  readonly stage: number;
  readonly reading: TriggerReading;
}

/** Those just before a stage ended are what it ended by; the rest stand in triggers.csv. */
const MOST = 6;

export function shownReadings({ policies }: StackingAnalysis): ShownReading[] {
  return policies.flatMap((policy) =>
    policy.stages.flatMap(({ stage, triggerReadings }) =>
      triggerReadings.slice(-MOST).map((reading) => ({ policy, stage, reading })),
    ),
  );
}
