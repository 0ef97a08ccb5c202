/**
 * The value that the decision rests on, for every candidate: as the evidence states it once there is one, before
 * that as the rule would read it. Rules that look several times see every candidate last at its own step.
 */
import type { DecisionEvidence, Interval } from '../contract/analysis.ts';
import { type DecisionRule, isHigherBetter, metricOf } from '../contract/decision.ts';
import { LOSS_METRIC } from '../contract/recorded-audit.ts';
import type { EvaluationRecord } from '../contract/records.ts';
import { orientedValue, type RuleReading } from './decision-rules.ts';
import { ranksOfPresent } from './rank-statistics.ts';
import { compareReadings } from './selection.ts';

export interface DecidingCandidate {
  readonly strategy: string;
  readonly isControl: boolean;
  /** What readRule reads of its run; null where it is missing or lost. */
  readonly reading: RuleReading | null;
  /** Of the run the rule reads. */
  readonly evaluations: readonly EvaluationRecord[];
}

export interface DecidingValue {
  /** As it was measured: losses in nats per token, accuracies as shares. Null where there is none. */
  readonly value: number | null;
  /** The same with less being better, and candidates that a race dropped behind those that went further. */
  readonly order: number | null;
  /** Value minus that of the chosen candidate, with its interval; null where noise is not measured. */
  readonly margin: Interval | null;
}

/** Whether the value of the rule is what readRule reads: one look, nothing extrapolated. */
export function isReadDirectly({ rule }: DecisionRule): boolean {
  return !['extrapolation', 'successiveHalving', 'hyperband', 'confidenceRace', 'automaticLag'].includes(
    rule,
  );
}

/** In the order of the candidates; controls have a value only under rules that look once. */
export function decidingValues(
  candidates: readonly DecidingCandidate[],
  rule: DecisionRule,
  decision: DecisionEvidence | null,
  seed: number,
): DecidingValue[] {
  const sign = isHigherBetter(metricOf(rule)) ? -1 : 1;
  const stated = new Map(decision?.values.map(({ strategy, value }) => [strategy, value]));
  const lastSteps = lastStepsOf(decision);
  const chosen = candidates.find(({ strategy }) => strategy === decision?.strategy);
  const places = decision?.rounds ? placesInRace(decision, lastSteps, sign) : null;
  return candidates.map((candidate): DecidingValue => {
    const { strategy, reading } = candidate;
    const read = reading && isReadDirectly(rule) ? sign * reading.value : null;
    const value = stated.has(strategy) ? stated.get(strategy)! : read;
    return {
      value,
      order: value === null ? null : (places?.get(strategy) ?? sign * value),
      margin:
        decision && chosen && candidate !== chosen && value !== null
          ? marginOf(candidate, chosen, { rule, decision, seed, lastStep: lastSteps.get(strategy) ?? null })
          : null,
    };
  });
}

/** Step at which a race saw each strategy last; empty for rules that look once. */
function lastStepsOf(decision: DecisionEvidence | null): Map<string, number> {
  const steps = new Map<string, number>();
  for (const { step, values } of decision?.rounds ?? [])
    for (const { strategy, value } of values)
      if (value !== null) steps.set(strategy, Math.max(step, steps.get(strategy) ?? 0));
  return steps;
}

/** Ranks of a race: who got further stands before, ties of equal steps averaged. */
function placesInRace(
  { values }: DecisionEvidence,
  lastSteps: ReadonlyMap<string, number>,
  sign: 1 | -1,
): Map<string, number> {
  const present = values.filter(({ value }) => value !== null);
  const groups = Map.groupBy(present, ({ strategy }) => lastSteps.get(strategy) ?? 0);
  const places = new Map<string, number>();
  let before = 0;
  for (const [, group] of [...groups].sort(([a], [b]) => b - a)) {
    const ranks = ranksOfPresent(group.map(({ value }) => sign * value!));
    group.forEach(({ strategy }, index) => {
      places.set(strategy, before + ranks[index]!);
    });
    before += group.length;
  }
  return places;
}

interface MarginContext {
  readonly rule: DecisionRule;
  readonly decision: DecisionEvidence;
  readonly seed: number;
  readonly lastStep: number | null;
}

function marginOf(
  candidate: DecidingCandidate,
  chosen: DecidingCandidate,
  { rule, decision, seed, lastStep }: MarginContext,
): Interval | null {
  if (candidate.strategy === decision.runnerUp) return decision.margin;
  const compare = (reading: RuleReading | null, reference: RuleReading | null): Interval | null =>
    reading && reference
      ? compareReadings(reading, reference, rule, seed, decision.noiseFloor).difference
      : null;
  if (lastStep !== null) return compare(readAt(candidate, lastStep, rule), readAt(chosen, lastStep, rule));
  // An extrapolation that could not be fitted fell back on the loss at the lag, which the readings then are.
  const isRead = decision.values[0]?.value === (chosen.reading?.value ?? null);
  return isReadDirectly(rule) || isRead ? compare(candidate.reading, chosen.reading) : null;
}

function readAt({ evaluations }: DecidingCandidate, at: number, rule: DecisionRule): RuleReading | null {
  const evaluation = evaluations.find(({ step }) => step === at);
  if (evaluation === undefined) return null;
  const metric = metricOf(rule);
  return {
    value: orientedValue(evaluation, metric),
    batchLosses: Float64Array.from(metric === LOSS_METRIC ? evaluation.batchLosses : []),
  };
}
