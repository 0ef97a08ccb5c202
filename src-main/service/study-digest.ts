/** What a study found in short: as data for scripts, and as tables and sentences for a terminal. */
import type { Interval, RankAgreement, StudyAnalysis } from '../contract/analysis.ts';
import {
  agreementOfRule,
  answerOf,
  costFinding,
  hindsightOf,
  initialLossFinding,
  lostCandidates,
  standingOf,
  valueHeader,
} from '../report/findings.ts';
import { inRankingOrder } from '../report/html-sections.ts';
import { mixedDevices } from '../report/mixed-devices.ts';
import { formatDifference, formatDuration, formatFlops, formatLoss } from '../report/number-format.ts';

/** Losses in nats per token; null where a value is not known, not finite or not asked for. */
export interface StudyDigest {
  readonly study: string;
  readonly name: string;
  readonly mode: StudyAnalysis['mode'];
  readonly state: StudyAnalysis['state'];
  readonly seed: number;
  readonly candidates: readonly {
    readonly strategy: string;
    readonly plan: string;
    readonly isControl: boolean;
    readonly state: string;
    readonly initialLoss: number | null;
    readonly lossAtLag: number | null;
    readonly finalLoss: number | null;
  }[];
  readonly decision: {
    readonly strategy: string;
    readonly rule: string;
    readonly lag: number;
    readonly margin: Interval | null;
    readonly runnerUp: string | null;
    readonly tie: readonly string[];
    readonly initialLossPicks: readonly string[];
  } | null;
  readonly cost: {
    readonly steps: number;
    readonly seconds: number;
    readonly flops: number;
    readonly shareOfExhaustive: number;
  };
  readonly agreement: readonly RankAgreement[];
  /**
   * Rank correlation with the final ranking, audits only: of initial loss, of the value the decision rested on, and
   * of the plain loss at the same step.
   */
  readonly spearman: {
    readonly initialLoss: number | null;
    readonly lossAtLag: number | null;
    readonly plainLossAtLag: number | null;
  } | null;
}

export function studyDigest(analysis: StudyAnalysis): StudyDigest {
  const { id, name, mode, state, seed, decision, cost, agreement } = analysis;
  const rowAt = (predictor: string, step: number): RankAgreement | undefined =>
    agreement.find((row) => row.predictor === predictor && row.step === step);
  const initial = rowAt('initial loss', 0);
  return {
    study: id,
    name,
    mode,
    state,
    seed,
    candidates: analysis.candidates.map((candidate) => ({
      strategy: candidate.strategy,
      plan: candidate.plan,
      isControl: candidate.isControl,
      state: candidate.state,
      initialLoss: candidate.initialLoss,
      lossAtLag: candidate.lossAtLag,
      finalLoss: candidate.finalLoss,
    })),
    decision: decision && {
      strategy: decision.strategy,
      rule: decision.rule,
      lag: decision.lag,
      margin: decision.margin,
      runnerUp: decision.runnerUp,
      tie: decision.tie,
      initialLossPicks: decision.initialLossPicks,
    },
    cost: {
      steps: cost.steps,
      seconds: cost.seconds,
      flops: cost.flops,
      shareOfExhaustive: cost.shareOfExhaustive,
    },
    agreement,
    spearman:
      agreement.length === 0 || !decision
        ? null
        : {
            initialLoss: initial?.spearman ?? null,
            lossAtLag: agreementOfRule(agreement, decision)?.spearman ?? null,
            plainLossAtLag: (rowAt('loss at k', decision.lag) ?? initial)?.spearman ?? null,
          },
  };
}

/** A table before its columns are aligned: the first `textColumns` and the last column are text. */
export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly textColumns: number;
  /** Row to emphasise, if any. */
  readonly marked: number | null;
}

/** Candidates in ranking order with their losses, the margin to the chosen one and how they stand. */
export function candidateTable(analysis: StudyAnalysis): TextTable {
  const { decision } = analysis;
  const ordered = inRankingOrder(analysis);
  const marked = ordered.findIndex((candidate) => candidate.isChosen);
  return {
    header: [
      'strategy',
      'k = 0',
      decision ? valueHeader(decision) : 'at the lag',
      'final',
      'margin',
      'interval',
      '',
    ],
    rows: ordered.map((candidate) => [
      candidate.strategy,
      formatLoss(candidate.initialLoss),
      formatLoss(candidate.lossAtLag),
      formatLoss(candidate.finalLoss),
      candidate.margin ? formatDifference(candidate.margin.estimate) : '',
      candidate.margin
        ? `${formatDifference(candidate.margin.low)} to ${formatDifference(candidate.margin.high)}`
        : '',
      standingOf(candidate),
    ]),
    textColumns: 1,
    marked: marked < 0 ? null : marked,
  };
}

/** Answer, hindsight and cost in sentences; the answer first. */
export function findingsOf(analysis: StudyAnalysis): string[] {
  const lost = lostCandidates(analysis).map(
    ({ strategy, state, reason }) => `${strategy} ${state}: ${reason ?? 'no reason recorded'}.`,
  );
  const { seconds, flops } = analysis.cost;
  const cost = `${costFinding(analysis)} Trained: ${formatFlops(flops)} in ${formatDuration(seconds)} of trainer time.`;
  const mixed = mixedDevices(analysis);
  return [
    answerOf(analysis),
    initialLossFinding(analysis),
    hindsightOf(analysis),
    cost,
    mixed,
    ...lost,
  ].filter((text) => text !== null);
}
