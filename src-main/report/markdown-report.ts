/** A study as Markdown (GitHub flavour): the findings and tables of the HTML report, without charts. */
import type { DecisionEvidence, StudyAnalysis } from '../contract/analysis.ts';
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import { describeArchitecture } from '../model/architecture.ts';
import {
  answerOf,
  costFinding,
  hindsightOf,
  initialLossFinding,
  limitsOf,
  lostCandidates,
  metricFindings,
  questionOf,
  standingOf,
  valueHeader,
} from './findings.ts';
import { inRankingOrder } from './html-sections.ts';
import { barrierTable, depthTable, gradientTable, modelTable, similarityTables } from './landscape-tables.ts';
import { fence, list, table } from './markdown-parts.ts';
import { escapeMarkdown } from './markup.ts';
import {
  formatCorrelation,
  formatCount,
  formatFlops,
  formatLoss,
  formatRank,
  formatShare,
  joinNames,
} from './number-format.ts';
import { roundTable } from './round-table.ts';

/** Complete Markdown document of a study, finished or not, with its landscape where that was measured. */
export function markdownReport(analysis: StudyAnalysis, landscape: LandscapeAnalysis | null = null): string {
  const { decision, source, target, data } = analysis;
  const findings = [answerOf(analysis), initialLossFinding(analysis), hindsightOf(analysis)];
  const parts = [
    `# ${escapeMarkdown(analysis.name)}`,
    escapeMarkdown(questionOf(analysis)),
    '## Answer',
    ...findings.filter((text) => text !== null).map(escapeMarkdown),
    escapeMarkdown(limitsOf(analysis)),
    '## Setup',
    list([
      [
        'Source',
        `${describeArchitecture(source.architecture)}; ${formatCount(source.parameters)} parameters, ${formatCount(source.steps)} steps`,
      ],
      [
        'Target',
        `${describeArchitecture(target.architecture)}; ${formatCount(target.parameters)} parameters, ${formatFlops(target.flopsPerStep)} per step`,
      ],
      ['Horizon', `${formatCount(analysis.horizon)} steps after growing`],
      ['Data', `${data.corpus}, ${data.tokenizer} tokenizer, content hash ${data.contentHash}`],
      ['Mode', analysis.mode],
      ['Pool', analysis.pool],
    ]),
    escapeMarkdown(analysis.finalLossDefinition),
    '## Ranking',
    table(
      ['Strategy', 'Plan', 'k = 0', 'Rank', valueHeader(decision), 'Rank', 'Final', 'Rank', 'At the lag'],
      inRankingOrder(analysis).map((candidate) => [
        candidate.strategy,
        candidate.plan,
        formatLoss(candidate.initialLoss, 3),
        formatRank(candidate.rankInitial),
        formatLoss(candidate.lossAtLag),
        formatRank(candidate.rankAtLag),
        formatLoss(candidate.finalLoss),
        formatRank(candidate.rankFinal),
        standingOf(candidate),
      ]),
      2,
    ),
    ...(analysis.agreement.length === 0
      ? []
      : [
          '## Rank correlation by k',
          table(
            ['Measurement', 'Picks', 'k', 'n', 'ρ', 'τ-b', 'Regret', 'Worst', 'Cost'],
            analysis.agreement.map((row) => [
              row.predictor,
              joinNames(row.picks),
              formatCount(row.step),
              String(row.candidateCount),
              formatCorrelation(row.spearman),
              formatCorrelation(row.kendallTauB),
              formatLoss(row.regret),
              formatLoss(row.worstRegret),
              formatShare(row.costShare),
            ]),
            2,
          ),
          ...metricPart(analysis),
        ]),
    ...(decision ? ['## Evidence', ...roundsPart(decision), escapeMarkdown(decision.noise)] : []),
    ...(landscape === null ? [] : landscapePart(landscape)),
    '## Cost',
    escapeMarkdown(costFinding(analysis)),
    ...lostPart(analysis),
    '## Reproduce',
    fence(analysis.reproduce, 'sh'),
    list([
      ['Seed', String(analysis.seed)],
      ['Study', analysis.id],
      ['Created', analysis.createdAt],
      ...Object.entries(analysis.environment),
    ]),
    '## Study file',
    fence(analysis.studyYaml, 'yaml'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function metricPart(analysis: StudyAnalysis): string[] {
  const { metricAgreement } = analysis;
  if (metricAgreement.length === 0) return [];
  return [
    '### Other metrics at the end',
    ...metricFindings(analysis).map(escapeMarkdown),
    table(
      ['Metric', 'Would choose', 'Better', 'n', 'ρ', 'τ-b', 'Best value', 'Loss regret'],
      metricAgreement.map((row) => [
        row.metric,
        joinNames(row.picks),
        row.lowerIsBetter ? 'lower' : 'higher',
        String(row.candidateCount),
        formatCorrelation(row.spearman),
        formatCorrelation(row.kendallTauB),
        formatLoss(row.bestValue),
        formatLoss(row.lossRegret),
      ]),
      3,
    ),
  ];
}

/** The looks of a race; empty for rules that look once. */
function roundsPart(decision: DecisionEvidence): string[] {
  const rounds = roundTable(decision);
  if (rounds === null) return [];
  return [
    table(rounds.header, rounds.rows, 0),
    ...(rounds.leftOut > 0
      ? [`${rounds.leftOut} looks that changed neither the leader nor the field are left out.`]
      : []),
    ...(decision.stoppedBecause
      ? [escapeMarkdown(`Why it looked no further: ${decision.stoppedBecause}`)]
      : []),
  ];
}

function landscapePart(landscape: LandscapeAnalysis): string[] {
  const tables = [
    modelTable(landscape),
    barrierTable(landscape),
    depthTable(landscape),
    gradientTable(landscape),
    ...similarityTables(landscape),
  ].filter(({ rows }) => rows.length > 0);
  return [
    '## Loss landscape',
    `Measured on fixed validation batches with ${formatFlops(landscape.flops)}; charged to no candidate.`,
    ...tables.flatMap(({ title, header, rows, textColumns }) => [
      `${escapeMarkdown(title)}:`,
      table(header, rows, textColumns),
    ]),
    ...landscape.missing.map(({ subject, reason }) =>
      escapeMarkdown(`${subject} could not be looked at: ${reason}`),
    ),
  ];
}

function lostPart(analysis: StudyAnalysis): string[] {
  const lost = lostCandidates(analysis);
  if (lost.length === 0) return [];
  return [
    '## Diverged and failed candidates',
    table(
      ['Strategy', 'State', 'Reason'],
      lost.map((candidate) => [
        candidate.strategy,
        candidate.state,
        candidate.reason ?? 'no reason recorded',
      ]),
      3,
    ),
  ];
}
