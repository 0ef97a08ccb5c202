/**
 * The choice of the rule `extrapolation`: lowest loss at the horizon by the power law. Where the curve of any
 * candidate does not allow a fit, losses at the horizon and at the lag must not be mixed, so all are compared by
 * their loss at the lag, and the evidence says so.
 */
import type { DecisionEvidence, Interval } from '../../contract/analysis.ts';
import { fitStartOf, type RuleOf } from '../../contract/decision.ts';
import { studentQuantile } from '../racing/student-t.ts';
import { TIE_TOLERANCE } from '../rank-statistics.ts';
import {
  initialLossPicks,
  rankedPool,
  readCandidate,
  type SelectionCandidate,
  selectStrategy,
} from '../selection.ts';
import { fitPowerLaw, LEAST_POINTS, type PowerLawFit } from './power-law.ts';

export interface ExtrapolationOptions {
  readonly seed: number;
  readonly horizon: number;
  readonly margins?: boolean;
}

/** As selectStrategy, whose errors it throws. */
export function selectByExtrapolation(
  candidates: readonly SelectionCandidate[],
  rule: RuleOf<'extrapolation'>,
  options: ExtrapolationOptions,
): DecisionEvidence {
  const pool = rankedPool(candidates);
  const fits = pool.flatMap((candidate) =>
    readCandidate(candidate, rule) ? [{ candidate, fit: fitOf(candidate, rule, options.horizon) }] : [],
  );
  const unfitted = fits.filter(({ fit }) => fit === null).map(({ candidate }) => candidate.strategy);
  if (unfitted.length > 0 || fits.length === 0) {
    const plain = selectStrategy(candidates, rule, options.seed, options);
    return {
      ...plain,
      noise: `No power law could be fitted to ${unfitted.join(', ')} (it needs ${LEAST_POINTS} finite evaluations in steps ${fitStartOf(rule)} to ${rule.lag}), so all candidates are compared by their loss at step ${rule.lag} instead. ${plain.noise}`,
    };
  }
  const ranked = fits
    .map(({ candidate, fit }) => ({ candidate, fit: fit! }))
    .sort((a, b) => a.fit.atHorizon - b.fit.atHorizon || a.candidate.position - b.candidate.position);
  const [best, second] = ranked;
  const isTied = ({ fit }: { fit: PowerLawFit }): boolean => {
    const { estimate, low } = differenceOf(fit, best!.fit, rule.confidence);
    return estimate <= TIE_TOLERANCE || low <= 0;
  };
  const lost = pool.filter((candidate) => !fits.some((entry) => entry.candidate === candidate));
  return {
    strategy: best!.candidate.strategy,
    rule: rule.rule,
    lag: rule.lag,
    values: [
      ...ranked.map(({ candidate, fit }) => ({ strategy: candidate.strategy, value: fit.atHorizon })),
      ...lost.map(({ strategy }) => ({ strategy, value: null })),
    ],
    margin: second ? differenceOf(second.fit, best!.fit, rule.confidence) : null,
    runnerUp: second?.candidate.strategy ?? null,
    tie: ranked.filter((entry) => entry === best || isTied(entry)).map(({ candidate }) => candidate.strategy),
    noise: describeFits(
      ranked.map(({ fit }) => fit),
      rule,
      options.horizon,
    ),
    noiseFloor: null,
    initialLossPicks: initialLossPicks(pool),
  };
}

function fitOf(
  { evaluations }: SelectionCandidate,
  rule: RuleOf<'extrapolation'>,
  horizon: number,
): PowerLawFit | null {
  const from = fitStartOf(rule);
  const used = evaluations
    .filter(({ step }) => step >= from && step <= rule.lag)
    .sort((a, b) => a.step - b.step);
  return fitPowerLaw(
    used.map(({ step }) => step),
    used.map(({ loss }) => loss),
    horizon,
  );
}

/** The errors of two fits are taken as independent, which is cautious: what moves both curves alike cancels. */
function differenceOf(fit: PowerLawFit, reference: PowerLawFit, confidence: number): Interval {
  const estimate = fit.atHorizon - reference.atHorizon;
  const degrees = Math.max(1, Math.min(fit.degrees, reference.degrees));
  const width =
    studentQuantile((1 - confidence) / 2, degrees) * Math.hypot(fit.standardError, reference.standardError);
  return { estimate, low: estimate - width, high: estimate + width };
}

function describeFits(fits: readonly PowerLawFit[], rule: RuleOf<'extrapolation'>, horizon: number): string {
  const flat = fits.filter(({ kind }) => kind === 'flat').length;
  const bound = fits.filter(({ kind }) => kind === 'bound').length;
  const limits =
    flat + bound === 0
      ? ''
      : ` ${bound} of ${fits.length} fits end at a limit of the exponent, and ${flat} curves do not fall and are continued flat.`;
  return `Compared is the loss at step ${horizon} by a power law fitted to the evaluations in steps ${fitStartOf(rule)} to ${rule.lag}. Within noise means that the ${Number((rule.confidence * 100).toFixed(1))} % interval of the difference to the best, from the Jacobians of both fits taken as independent, contains 0.${limits} It does not cover that the curve may leave the law, as it does when the learning rate decays.`;
}
