/**
 * The decision procedure: one pure function that says what to train next or what is decided. Live studies and
 * replay call it alike, so a replayed decision equals the live one, and a study that was killed goes on as if
 * nothing had happened. Call it, train what it asks for, call it again; it ends in `decide` for every rule.
 *
 * It sees no further than its rule: evaluations beyond the steps it asked for change nothing.
 */
import type { DecisionEvidence } from '../contract/analysis.ts';
import { type DecisionRule, lagOf, metricOf, stepsReadBy } from '../contract/decision.ts';
import { EspalierError } from '../contract/errors.ts';
import { describeRule } from './decision-rules.ts';
import { selectByExtrapolation } from './predictors/extrapolated-choice.ts';
import { automaticLag } from './racing/automatic-lag.ts';
import { confidenceRace } from './racing/confidence-race.ts';
import { type Contestant, evaluationAt } from './racing/contestant.ts';
import { hyperband } from './racing/hyperband.ts';
import { raceEvidence } from './racing/race-evidence.ts';
import type { RaceOutcome } from './racing/race-outcome.ts';
import { successiveHalving } from './racing/successive-halving.ts';
import { rankedPool, type SelectionCandidate, selectStrategy } from './selection.ts';

export type { Contestant };

export interface TrainingDemand {
  readonly strategy: string;
  /** Step of the schedule to be trained to and evaluated at; 0 asks for the evaluation of the growing point. */
  readonly untilStep: number;
}

export type Move =
  | {
      readonly kind: 'train';
      /** `cooldown`: a run of its own with a schedule of `lagOf(rule)` steps. */
      readonly schedule: 'final' | 'cooldown';
      /** In pool order; never controls. */
      readonly strategies: readonly TrainingDemand[];
      readonly why: string;
    }
  | { readonly kind: 'decide'; readonly evidence: DecisionEvidence };

export interface DecisionContext {
  /** Steps F of a final run. */
  readonly horizon: number;
  /** Seed of the study: bootstrap and Hyperband's draws. */
  readonly seed: number;
  /** Steps above 0 at which runs on the final schedule are evaluated; the rule's own must be among them. */
  readonly evaluationSteps: readonly number[];
  /** False leaves bootstrap margins out (see SelectionOptions); the choice is the same. */
  readonly margins?: boolean;
}

/**
 * What to do next.
 *
 * @throws EspalierError `bad-input` for a rule that looks beyond the horizon, an empty pool and repeated names;
 *   `refused` when a step or quantity the rule needs is not measured; `failed` when every candidate diverged or
 *   failed.
 */
export function nextMove(
  rule: DecisionRule,
  contestants: readonly Contestant[],
  context: DecisionContext,
): Move {
  requireReadable(rule, context);
  const pool = rankedPool(contestants);
  switch (rule.rule) {
    case 'successiveHalving':
      return raceMove(rule, pool, context, successiveHalving(rule, pool));
    case 'hyperband':
      return raceMove(rule, pool, context, hyperband(rule, pool, context.seed));
    case 'confidenceRace':
      return raceMove(rule, pool, context, confidenceRace(rule, pool));
    case 'automaticLag':
      return raceMove(rule, pool, context, automaticLag(rule, pool));
    default:
      return singleLook(rule, pool, context);
  }
}

/** Rules that look once: everybody is trained to the lag, then compared. */
function singleLook(rule: DecisionRule, pool: readonly Contestant[], context: DecisionContext): Move {
  const lag = lagOf(rule);
  const isCooldown = rule.rule === 'cooldown';
  const runs = pool.map((contestant) => asSeenAtLag(contestant, lag, isCooldown));
  const waiting = runs.filter(({ isWaiting }) => isWaiting);
  if (waiting.length > 0)
    return {
      kind: 'train',
      schedule: isCooldown ? 'cooldown' : 'final',
      strategies: waiting.map(({ candidate }) => ({ strategy: candidate.strategy, untilStep: lag })),
      why: `Compared is ${describeRule(rule)}.`,
    };
  const candidates = runs.map(({ candidate }) => candidate);
  const { seed, horizon, margins = true } = context;
  const evidence =
    rule.rule === 'extrapolation'
      ? selectByExtrapolation(candidates, rule, { seed, horizon, margins })
      : selectStrategy(candidates, rule, seed, { margins });
  return {
    kind: 'decide',
    evidence: {
      ...evidence,
      metric: metricOf(rule),
      trainedTo: Object.fromEntries(
        runs.map(({ candidate, trainedTo }) => [candidate.strategy, Math.min(lag, trainedTo)]),
      ),
      rounds: null,
      stoppedBecause: null,
    },
  };
}

/** A contestant reduced to what a rule that looks once may know: its run up to the lag. */
function asSeenAtLag(
  contestant: Contestant,
  lag: number,
  isCooldown: boolean,
): { candidate: SelectionCandidate; isWaiting: boolean; trainedTo: number } {
  const { strategy, position, isControl, state, repeatValues } = contestant;
  const all = isCooldown ? contestant.probe : contestant.evaluations;
  const trainedTo = isCooldown
    ? (contestant.probeTrainedTo ?? contestant.probe.at(-1)?.step ?? 0)
    : contestant.trainedTo;
  const isThere = evaluationAt(all, lag) !== undefined;
  // One that ended badly after the lag was fine at the lag; one that diverged at the lag itself was not.
  const isLost =
    (state === 'diverged' && trainedTo <= lag) || (!isThere && (state === 'failed' || state === 'cancelled'));
  const candidate: SelectionCandidate = {
    strategy,
    position,
    isControl,
    state: isLost ? state : 'finished',
    evaluations: all.filter(({ step }) => step <= lag),
    ...(repeatValues && { repeatValues }),
  };
  // Trained past the lag without an evaluation there: selection refuses with the reason.
  const isPast = trainedTo >= lag && (lag > 0 || trainedTo > 0 || state === 'finished');
  return { candidate, isWaiting: !isThere && !isLost && !isPast, trainedTo };
}

function raceMove(
  rule: DecisionRule,
  pool: readonly Contestant[],
  { seed, margins = true }: DecisionContext,
  outcome: RaceOutcome,
): Move {
  if (outcome.kind === 'over')
    return { kind: 'decide', evidence: raceEvidence(rule, pool, outcome, { seed, margins }) };
  const until = new Map<Contestant, number>();
  for (const { contestant, untilStep } of outcome.demands)
    until.set(contestant, Math.max(untilStep, until.get(contestant) ?? 0));
  return {
    kind: 'train',
    schedule: 'final',
    strategies: pool.flatMap((contestant) => {
      const untilStep = until.get(contestant);
      return untilStep === undefined ? [] : [{ strategy: contestant.strategy, untilStep }];
    }),
    why: outcome.why,
  };
}

/** Refuses before anything is trained what would only be found out at the lag. */
function requireReadable(rule: DecisionRule, { horizon, evaluationSteps }: DecisionContext): void {
  const lag = lagOf(rule);
  if (lag > horizon)
    throw new EspalierError(
      'bad-input',
      `The rule ${rule.rule} looks at step ${lag}; it must not look beyond the horizon of ${horizon} steps.`,
      { hint: `Choose steps of at most ${horizon}.` },
    );
  if (rule.rule === 'cooldown') return;
  const evaluated = new Set(evaluationSteps);
  const looks = 'lag' in rule ? [rule.lag] : stepsReadBy(rule);
  const missing = looks.filter((step) => !evaluated.has(step));
  if (missing.length > 0)
    throw new EspalierError(
      'refused',
      `The rule ${rule.rule} looks at step ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}, where runs are not evaluated.`,
      { hint: 'Evaluate at these steps, or choose a rule whose steps are evaluated.' },
    );
}
