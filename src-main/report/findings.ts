/** What a study found, as plain sentences: the same words in HTML, Markdown and the window. Not escaped. */
import type {
  CandidateAnalysis,
  DecisionEvidence,
  RankAgreement,
  StudyAnalysis,
} from '../contract/analysis.ts';
import { isHigherBetter, type RuleName } from '../contract/decision.ts';
import { mixedDevices } from './mixed-devices.ts';
import {
  formatCorrelation,
  formatCount,
  formatDifference,
  formatLoss,
  formatShare,
  joinNames,
} from './number-format.ts';

/** What a rule compares. Rules that look several times say how they came to look last. */
const RULE_WORDS: Readonly<Record<RuleName, (lag: number, what: string) => string>> = {
  cooldown: (lag, what) => `the ${what} after a cooldown probe of ${formatCount(lag)} steps`,
  lossAtLag: (lag, what) => `the validation ${what} after ${formatCount(lag)} steps`,
  initialLoss: (_, what) => `the ${what} right after growing, before any training`,
  windowMean: (lag, what) => `the mean validation ${what} in the steps up to ${formatCount(lag)}`,
  areaUnderCurve: (lag, what) =>
    `the mean height of the ${what} curve over the first ${formatCount(lag)} steps`,
  extrapolation: (lag) =>
    `the loss at the horizon, extrapolated from the first ${formatCount(lag)} steps by a power law`,
  gradientNorm: (lag) => `the gradient norm at step ${formatCount(lag)}`,
  weightDistance: (lag) => `the distance the weights had moved by step ${formatCount(lag)}`,
  successiveHalving: (lag, what) => `the ${what} by successive halving up to step ${formatCount(lag)}`,
  hyperband: (lag, what) => `the ${what} by Hyperband up to step ${formatCount(lag)}`,
  confidenceRace: (lag, what) => `the ${what} in a race that ended at step ${formatCount(lag)}`,
  automaticLag: (lag, what) => `the ${what} at step ${formatCount(lag)}, where the ranking had become stable`,
};

/** `the loss after a cooldown probe of 200 steps`; unknown rules by their name. */
export function ruleInWords({
  rule,
  lag,
  metric,
}: Pick<DecisionEvidence, 'rule' | 'lag' | 'metric'>): string {
  return isRuleName(rule)
    ? RULE_WORDS[rule](lag, metric ?? 'loss')
    : `the rule ${rule} at step ${formatCount(lag)}`;
}

const isRuleName = (rule: string): rule is RuleName => Object.hasOwn(RULE_WORDS, rule);

/** Header of the column with the values the decision rests on: `k = 200`, `Last look`, … */
export function valueHeader(decision: DecisionEvidence | null): string {
  if (decision === null) return 'Lag';
  if (decision.rounds) return 'Last look';
  const at = `k = ${formatCount(decision.lag)}`;
  switch (decision.rule) {
    case 'extrapolation':
      return `Predicted, ${at}`;
    case 'gradientNorm':
      return `Gradient, ${at}`;
    case 'weightDistance':
      return `Distance, ${at}`;
    default:
      return at;
  }
}

/** Candidates that can be chosen. */
export function rankedCandidates(analysis: StudyAnalysis): readonly CandidateAnalysis[] {
  return analysis.candidates.filter((candidate) => !candidate.isControl);
}

/** What the study asks. */
export function questionOf(analysis: StudyAnalysis): string {
  const { source, target, decision } = analysis;
  const sizes =
    source.architecture.layers === target.architecture.layers
      ? `width ${source.architecture.width} to width ${target.architecture.width}`
      : `${source.architecture.layers} to ${target.architecture.layers} layers`;
  const count = rankedCandidates(analysis).length;
  const pool =
    count === 1
      ? 'Is the one growing strategy of this pool fit'
      : `Which of ${count} growing strategies is best`;
  const judged = decision ? `, judged by ${ruleInWords(decision)}` : '';
  return `${pool} to take this model from ${sizes}${judged}?`;
}

/** The answer in one sentence: a win, a tie, or why there is none yet. */
export function answerOf(analysis: StudyAnalysis): string {
  const { decision } = analysis;
  if (decision === null) return unansweredOf(analysis);
  const value = formatLoss(decision.values[0]?.value ?? null);
  const others = decision.tie.filter((strategy) => strategy !== decision.strategy);
  if (others.length > 0)
    return `${decision.strategy} has the ${isHigherBetter(decision.metric ?? 'loss') ? 'highest' : 'lowest'} value, ${value}, but it is tied with ${joinNames(others)}: by this evidence any of these ${decision.tie.length} is as good a choice.`;
  if (decision.runnerUp === null || decision.margin === null)
    return `${decision.strategy} is chosen with ${value}; ${decision.runnerUp === null ? 'no other candidate is left to compare it with' : `its lead over ${decision.runnerUp} has no measured noise`}.`;
  const lead = `${decision.strategy} ${decision.noiseFloor === null ? 'leads' : 'wins'} with ${value}, ahead of ${decision.runnerUp} by ${marginInWords(decision)}`;
  return decision.noiseFloor === null
    ? `${lead}; another order of the training batches was not tried and may change that.`
    : `${lead}, more than the noise between paired repeats.`;
}

/** The decision in two words. A win needs measured training noise; without repeats the best is only ahead. */
export function verdictOf(decision: DecisionEvidence): { text: string; tone: 'ok' | 'warn' } {
  if (decision.tie.length > 1) return { text: `tie of ${decision.tie.length}`, tone: 'warn' };
  return decision.noiseFloor === null
    ? { text: 'ahead, repeats not run', tone: 'ok' }
    : { text: 'win', tone: 'ok' };
}

/** `0.0041 (interval +0.0020 to +0.0063)`. */
function marginInWords(decision: DecisionEvidence): string {
  const { margin } = decision;
  return margin === null
    ? 'a margin whose noise was not measured'
    : `${formatLoss(margin.estimate)} nats (interval ${formatDifference(margin.low)} to ${formatDifference(margin.high)})`;
}

function unansweredOf(analysis: StudyAnalysis): string {
  const ranked = rankedCandidates(analysis);
  const measured = ranked.filter((candidate) => candidate.lossAtLag !== null).length;
  const progress = `${measured} of ${ranked.length} candidates have reached the lag`;
  const because = analysis.reason === null ? '' : `: ${analysis.reason.replace(/[.\s]+$/, '')}`;
  switch (analysis.state) {
    case 'failed':
      return `The study failed before a choice${because}; ${progress}.`;
    case 'interrupted':
      return `The study was interrupted before a choice${because}; ${progress}.`;
    case 'planned':
      return 'The study has not started; there is no choice yet.';
    case 'running':
    case 'finished':
      return `There is no choice yet; ${progress}.`;
    default:
      return analysis.state satisfies never;
  }
}

/** What initial loss would have picked, beside the choice; null before a decision. */
export function initialLossFinding(analysis: StudyAnalysis): string | null {
  const { decision } = analysis;
  if (decision === null || decision.initialLossPicks.length === 0) return null;
  const picks = decision.initialLossPicks;
  if (picks.length > 1)
    return `Initial loss cannot choose: ${picks.length} strategies tie at k = 0 (${joinNames(picks)})${picks.includes(decision.strategy) ? ', the choice among them' : ', and the choice is not among them'}.`;
  return picks[0] === decision.strategy
    ? 'Initial loss would have picked the same strategy.'
    : `Initial loss would have picked ${picks[0]}.`;
}

/** Hindsight of an audit: regret of the choice and how ρ changed. Null until all final losses are there. */
export function hindsightOf(analysis: StudyAnalysis): string | null {
  const { decision, agreement } = analysis;
  const finals = rankedCandidates(analysis).filter((candidate) => candidate.rankFinal !== null);
  const chosen = finals.find((candidate) => candidate.isChosen);
  if (analysis.mode !== 'audit' || finals.length < 2) return null;
  const best = finals.reduce((a, b) => (b.finalLoss! < a.finalLoss! ? b : a));
  const parts: string[] = [];
  if (chosen) {
    const regret = chosen.finalLoss! - best.finalLoss!;
    parts.push(
      regret === 0
        ? `Trained to the end, the choice is the best of all ${finals.length} (final loss ${formatLoss(best.finalLoss)}).`
        : `Trained to the end, ${best.strategy} is best (final loss ${formatLoss(best.finalLoss)}); the choice ends ${formatLoss(regret)} above it.`,
    );
  } else
    parts.push(`Trained to the end, ${best.strategy} is best (final loss ${formatLoss(best.finalLoss)}).`);
  const initial = agreement.find((row) => row.predictor === 'initial loss');
  const atLag = decision ? agreementOfRule(agreement, decision) : undefined;
  if (initial)
    parts.push(
      `The rank correlation with the final loss is ${formatCorrelation(initial.spearman)} for initial loss${
        atLag && atLag !== initial
          ? ` and ${formatCorrelation(atLag.spearman)} for ${ruleInWords(decision!)}`
          : ''
      } (n = ${initial.candidateCount}).`,
    );
  if (initial && initial.regret !== null && initial.regret > 0)
    parts.push(
      `Choosing by initial loss would have cost ${formatLoss(initial.regret)} on average over its ties, ${formatLoss(initial.worstRegret)} at worst.`,
    );
  return parts.join(' ');
}

/** The row of the measurement the decision rested on. */
export function agreementOfRule(
  agreement: readonly RankAgreement[],
  { rule, lag, metric }: DecisionEvidence,
): RankAgreement | undefined {
  const isPlainMetric = rule === 'lossAtLag' && metric !== undefined && metric !== 'loss';
  const predictor = isPlainMetric ? `${metric} at k` : PREDICTOR_OF_RULE[rule];
  return (
    agreement.find((row) => row.predictor === `rule ${rule}`) ??
    agreement.find((row) => row.predictor === predictor && row.step === lag)
  );
}

const PREDICTOR_OF_RULE: Readonly<Record<string, string>> = {
  cooldown: 'cooldown probe',
  lossAtLag: 'loss at k',
  windowMean: 'window mean',
  areaUnderCurve: 'area under the curve',
  extrapolation: 'extrapolation',
  gradientNorm: 'gradient norm',
  weightDistance: 'weight distance',
  initialLoss: 'initial loss',
};

/** Where the recorded metrics disagree about the end, a sentence for each that would choose another strategy. */
export function metricFindings({ metricAgreement, candidates }: StudyAnalysis): string[] {
  const ranked = candidates.filter(({ isControl, finalLoss }) => !isControl && finalLoss !== null);
  if (ranked.length === 0) return [];
  const best = ranked.reduce((a, b) => (b.finalLoss! < a.finalLoss! ? b : a)).strategy;
  return metricAgreement.map(({ metric, spearman, picks, lossRegret, candidateCount }) => {
    const rho = `ρ ${formatCorrelation(spearman)} with the final loss, n = ${candidateCount}`;
    return picks.includes(best)
      ? `${metric} agrees with the loss on the best strategy${picks.length > 1 ? `, in a tie of ${picks.length}` : ''} (${rho}).`
      : `${metric} would choose ${joinNames(picks)} at the end, whose final loss is ${formatLoss(lossRegret)} above the lowest (${rho}).`;
  });
}

/** What the study spent, in a sentence. */
export function costFinding(analysis: StudyAnalysis): string {
  const { cost } = analysis;
  const share = `${formatShare(cost.shareOfExhaustive)} of the training compute of taking every candidate to step ${formatCount(analysis.horizon)}`;
  return analysis.decision === null
    ? `So far the study has spent ${share}.`
    : `Choosing and training the choice took ${share}.`;
}

/** What this report cannot tell, in plain sentences. */
export function limitsOf(analysis: StudyAnalysis): string {
  const count = rankedCandidates(analysis).length;
  const repeats =
    analysis.decision?.noiseFloor == null
      ? 'No repeats were run, so noise from the order of training batches is not measured.'
      : 'Noise from training was measured by paired repeats.';
  const mixed = mixedDevices(analysis);
  return [
    ...(mixed === null ? [] : [mixed]),
    `One study: one source model, one corpus, one seed (${analysis.seed}), one recipe and a pool of ${count}; a rank correlation depends above all on which strategies are in the pool.`,
    repeats,
    'The validation batches that made the choice also give the final losses, and the loss says nothing about accuracy on other tasks.',
    ...(analysis.mode === 'audit'
      ? []
      : [
          'Only the chosen strategy was trained to the end, so this study cannot say whether another would have ended better.',
        ]),
  ].join(' ');
}

/** Candidates without a result: diverged, failed or cancelled runs, with the reason. */
export function lostCandidates(analysis: StudyAnalysis): readonly CandidateAnalysis[] {
  return analysis.candidates.filter(
    (candidate) =>
      candidate.state === 'diverged' ||
      candidate.state === 'failed' ||
      candidate.state === 'cancelled' ||
      candidate.reason !== null,
  );
}

/** How a candidate stands at the lag: `chosen`, `tied`, `control`, its run's state, or nothing. */
export function standingOf(candidate: CandidateAnalysis): string {
  if (candidate.isChosen) return 'chosen';
  if (candidate.isTied) return 'tied';
  if (candidate.isControl) return 'control';
  return candidate.state === 'finished' ? '' : candidate.state;
}
