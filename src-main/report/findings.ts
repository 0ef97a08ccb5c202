/** What a study found, as plain sentences: the same words in HTML, Markdown and the window. Not escaped. */
import type {
  CandidateAnalysis,
  DecisionEvidence,
  RankAgreement,
  StudyAnalysis,
} from '../contract/analysis.ts';
import {
  formatCorrelation,
  formatCount,
  formatDifference,
  formatLoss,
  formatShare,
  joinNames,
} from './number-format.ts';

const RULE_WORDS: Readonly<Record<string, (lag: number) => string>> = {
  cooldown: (lag) => `the loss after a cooldown probe of ${formatCount(lag)} steps`,
  lossAtLag: (lag) => `the validation loss after ${formatCount(lag)} steps`,
  initialLoss: () => 'the loss right after growing, before any training',
  windowMean: (lag) => `the mean validation loss in the steps up to ${formatCount(lag)}`,
};

/** `the loss after a cooldown probe of 200 steps`; unknown rules by their name. */
export function ruleInWords(rule: string, lag: number): string {
  return RULE_WORDS[rule]?.(lag) ?? `the rule ${rule} at step ${formatCount(lag)}`;
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
  const judged = decision ? `, judged by ${ruleInWords(decision.rule, decision.lag)}` : '';
  return `${pool} to take this model from ${sizes}${judged}?`;
}

/** The answer in one sentence: a win, a tie, or why there is none yet. */
export function answerOf(analysis: StudyAnalysis): string {
  const { decision } = analysis;
  if (decision === null) return unansweredOf(analysis);
  const value = formatLoss(decision.values[0]?.value ?? null);
  const others = decision.tie.filter((strategy) => strategy !== decision.strategy);
  if (others.length > 0)
    return `${decision.strategy} has the lowest value, ${value}, but it is tied with ${joinNames(others)}: by this evidence any of these ${decision.tie.length} is as good a choice.`;
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
          ? ` and ${formatCorrelation(atLag.spearman)} for ${ruleInWords(decision!.rule, decision!.lag)}`
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
  decision: DecisionEvidence,
): RankAgreement | undefined {
  const predictor =
    { cooldown: 'cooldown probe', windowMean: 'window mean', initialLoss: 'initial loss' }[decision.rule] ??
    'loss at k';
  return agreement.find((row) => row.predictor === predictor && row.step === decision.lag);
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
  return [
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
