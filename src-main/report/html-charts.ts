/** The parts of the HTML report that hold charts, each with its data as a table. */
import type {
  CandidateAnalysis,
  DecisionEvidence,
  RankAgreement,
  StudyAnalysis,
} from '../contract/analysis.ts';
import { agreementOption } from './agreement-chart.ts';
import {
  type CurveKind,
  curveOf,
  dynamicsOption,
  earlyCurveKind,
  gapsAboveAtStart,
} from './dynamics-chart.ts';
import { initialLossFinding, metricFindings, ruleInWords, valueHeader } from './findings.ts';
import { figureHtml, nameHtml, paragraph, sectionHtml, tableHtml } from './html-parts.ts';
import { marginChartHeight, marginOption } from './margin-chart.ts';
import { escapeHtml } from './markup.ts';
import {
  formatCorrelation,
  formatCount,
  formatDifference,
  formatLoss,
  formatRank,
  formatShare,
  joinNames,
} from './number-format.ts';
import { rankOption } from './rank-chart.ts';
import { roundTable } from './round-table.ts';
import { cssPalette, type Look } from './theme.ts';

type Looks = ReadonlyMap<string, Look>;

const number = (header: string) => ({ header, isNumber: true });

export function dynamicsSection(analysis: StudyAnalysis, looks: Looks): string {
  const kind = earlyCurveKind(analysis);
  const isAuditOfProbes =
    kind === 'probe' && analysis.candidates.filter((candidate) => candidate.fullCurve.length > 0).length > 1;
  const early = dynamicsFigure(
    analysis,
    looks,
    kind,
    'early',
    kind === 'probe' ? 'Loss of the probes by step' : 'Loss by step',
  );
  const full = isAuditOfProbes
    ? `<h3>Full runs</h3>${dynamicsFigure(analysis, looks, 'full', 'full', 'Loss of the full runs by step')}`
    : '';
  return sectionHtml('dynamics', 'Early dynamics', early + full);
}

function dynamicsFigure(
  analysis: StudyAnalysis,
  looks: Looks,
  kind: CurveKind,
  id: string,
  title: string,
): string {
  const { candidates } = analysis;
  const steps = [
    ...new Set(candidates.flatMap((candidate) => curveOf(candidate, kind).map(({ step }) => step))),
  ].sort((a, b) => a - b);
  if (steps.length === 0) return paragraph('No evaluation has been recorded yet.');
  const above = gapsAboveAtStart(analysis, kind);
  const leaves =
    above.count === 0
      ? ''
      : ` At k = 0, ${above.count} of ${above.of} strategies start above the lower panel, the farthest ${formatLoss(above.largest, 3)} behind.`;
  const broken = candidates.filter((candidate) => curveOf(candidate, kind).some(({ loss }) => loss === null));
  const lost =
    broken.length === 0
      ? ''
      : ` Lines that stop: ${joinNames(broken.map((candidate) => candidate.strategy))} (loss not finite).`;
  return figureHtml({
    id,
    title,
    description: `Validation loss of ${candidates.length} candidates by steps since growing, and how far each is behind the best at the same step.${leaves}${lost}`,
    wideHeight: 500,
    narrowHeight: 540,
    draw: (size) => dynamicsOption(analysis, { size, palette: cssPalette, looks }, kind),
    tableHtml: tableHtml(
      `${title}, nats per token`,
      [{ header: 'Strategy' }, ...steps.map((step) => number(`k = ${formatCount(step)}`))],
      candidates.map((candidate) => {
        const losses = new Map(curveOf(candidate, kind).map(({ step, loss }) => [step, loss]));
        return {
          html: [
            nameHtml(candidate, looks.get(candidate.strategy)),
            ...steps.map((step) => lossCell(losses.get(step))),
          ],
        };
      }),
    ),
  });
}

function lossCell(loss: number | null | undefined): string {
  if (loss === undefined) return '';
  return loss === null ? 'not finite' : formatLoss(loss, 3);
}

/** Chart of ranks; goes below the ranking table, which holds the same numbers. */
export function rankFigure(analysis: StudyAnalysis, looks: Looks): string {
  const context = (size: { width: number; height: number }) => ({ size, palette: cssPalette, looks });
  const ranked = analysis.candidates.filter((candidate) => !candidate.isControl);
  const height = Math.max(220, 58 + 22 * ranked.length);
  if (rankOption(analysis, context({ width: 768, height })) === null) return '';
  const rank = (value: CandidateAnalysis['rankFinal']): string => formatRank(value);
  return figureHtml({
    id: 'ranks',
    title: 'Rank by step',
    description:
      'Rank of every strategy right after growing, at the lag and, where full runs ended, at the end.',
    wideHeight: height,
    narrowHeight: height,
    draw: (size) => rankOption(analysis, context(size)),
    tableHtml: tableHtml(
      'Ranks, ties averaged',
      [{ header: 'Strategy' }, number('k = 0'), number('Lag'), number('End')],
      ranked.map((candidate) => ({
        html: [
          nameHtml(candidate, looks.get(candidate.strategy)),
          rank(candidate.rankInitial),
          rank(candidate.rankAtLag),
          rank(candidate.rankFinal),
        ],
      })),
    ),
  });
}

export function agreementSection(analysis: StudyAnalysis, looks: Looks): string {
  const { agreement } = analysis;
  if (agreement.length === 0) {
    const why =
      analysis.mode === 'audit'
        ? 'Final losses of at least two candidates are needed; they are not there yet.'
        : 'Only an audit trains every candidate to the end, which the true ranking needs. This study did not.';
    return sectionHtml('agreement', 'Rank correlation by k', paragraph(why));
  }
  const count = agreement[0]!.candidateCount;
  const figure = figureHtml({
    id: 'agreement',
    title: 'Rank correlation by step',
    description: `Spearman's ρ (thick) and Kendall's τ-b (dashed) between the losses at step k and the final losses of ${count} candidates; thin lines on wide screens: ρ of other measurements; diamonds: cooldown probes${agreement.some(({ predictor }) => predictor.startsWith('rule ')) ? ' and the value the decision rests on' : ''}. ${
      count < 4
        ? 'Too few candidates for an interval.'
        : 'The band is a percentile bootstrap over candidates; it does not cover other seeds.'
    }`,
    wideHeight: 320,
    narrowHeight: 300,
    draw: (size) => agreementOption(analysis, { size, palette: cssPalette, looks }),
    tableHtml: [...Map.groupBy(agreement, ({ predictor }) => predictor)]
      .map(([predictor, rows]) => agreementTable(predictor, rows))
      .join(''),
  });
  return sectionHtml(
    'agreement',
    'Rank correlation by k',
    `${figure}${paragraph('Regret is the final loss of the pick minus the best final loss; several picks tied within 0.0001 count by their mean. Cost is the share of training every candidate to the end.', 'note')}${metricPart(analysis)}`,
  );
}

function agreementTable(predictor: string, rows: readonly RankAgreement[]): string {
  return tableHtml(
    `${predictor}: agreement with the final losses, and what choosing by it would have cost`,
    [
      { header: 'k' },
      number('n'),
      number('ρ'),
      number('ρ interval'),
      number('τ-b'),
      number('Regret'),
      number('Worst'),
      number('Cost'),
      { header: 'Picks' },
    ],
    rows.map((row) => ({
      html: [
        formatCount(row.step),
        String(row.candidateCount),
        formatCorrelation(row.spearman),
        row.spearmanInterval
          ? `${formatCorrelation(row.spearmanInterval.low)} to ${formatCorrelation(row.spearmanInterval.high)}`
          : '–',
        formatCorrelation(row.kendallTauB),
        formatLoss(row.regret),
        formatLoss(row.worstRegret),
        formatShare(row.costShare),
        escapeHtml(joinNames(row.picks)),
      ],
    })),
  );
}

/** Where the recorded metrics disagree; empty where only the loss was recorded. */
function metricPart(analysis: StudyAnalysis): string {
  const { metricAgreement } = analysis;
  if (metricAgreement.length === 0) return '';
  return `<h3>Other metrics at the end</h3>${metricFindings(analysis)
    .map((text) => paragraph(text))
    .join('')}${tableHtml(
    'Final values of every recorded metric against the final losses',
    [
      { header: 'Metric' },
      { header: 'Better' },
      number('n'),
      number('ρ'),
      number('τ-b'),
      number('Best value'),
      number('Loss regret'),
      { header: 'Would choose' },
    ],
    metricAgreement.map((row) => ({
      html: [
        escapeHtml(row.metric),
        row.lowerIsBetter ? 'lower' : 'higher',
        String(row.candidateCount),
        formatCorrelation(row.spearman),
        formatCorrelation(row.kendallTauB),
        formatLoss(row.bestValue),
        formatLoss(row.lossRegret),
        escapeHtml(joinNames(row.picks)),
      ],
    })),
  )}`;
}

/** The looks of a race with who was dropped, and why it ended; empty for rules that look once. */
export function roundsPart(decision: DecisionEvidence): string {
  const table = roundTable(decision);
  if (table === null) return '';
  const html = tableHtml(
    'Looks of the rule at the candidates still in the race',
    table.header.map((header, index) => ({ header, isNumber: table.numbers[index]! })),
    table.rows.map((cells) => ({ html: cells.map(escapeHtml) })),
  );
  const leftOut =
    table.leftOut > 0
      ? paragraph(
          `${table.leftOut} looks that changed neither the leader nor the field are left out.`,
          'note',
        )
      : '';
  const why = decision.stoppedBecause
    ? paragraph(`Why it looked no further: ${decision.stoppedBecause}`)
    : '';
  return `<h3>Looks</h3>${html}${leftOut}${why}`;
}

export function evidenceSection(analysis: StudyAnalysis, looks: Looks): string {
  const { decision } = analysis;
  if (decision === null)
    return sectionHtml('evidence', 'Decision evidence', paragraph('No decision has been made yet.'));
  const compared = analysis.candidates
    .filter((candidate) => candidate.lossAtLag !== null)
    .toSorted(
      (a, b) =>
        (a.rankAtLag ?? Number.MAX_VALUE) - (b.rankAtLag ?? Number.MAX_VALUE) || a.lossAtLag! - b.lossAtLag!,
    );
  const height = marginChartHeight(analysis);
  const figure = figureHtml({
    id: 'margins',
    title: 'Difference to the chosen strategy',
    description: `${decision.rounds ? `Value minus that of ${decision.strategy} at the last step both were seen` : `Value of ${ruleInWords(decision)} minus that of ${decision.strategy}`}, with the interval of the difference where its noise was measured. Shaded rows are within noise.`,
    wideHeight: height,
    narrowHeight: height,
    draw: (size) => marginOption(analysis, { size, palette: cssPalette, looks }),
    tableHtml: tableHtml(
      'Values the decision rests on, and differences to the chosen strategy',
      [
        { header: 'Strategy' },
        number(valueHeader(decision)),
        number('Difference'),
        number('Low'),
        number('High'),
      ],
      compared.map((candidate) => ({
        html: [
          nameHtml(candidate, looks.get(candidate.strategy)),
          formatLoss(candidate.lossAtLag),
          formatDifference(candidate.margin?.estimate ?? null),
          formatDifference(candidate.margin?.low ?? null),
          formatDifference(candidate.margin?.high ?? null),
        ],
      })),
    ),
  });
  const initial = initialLossFinding(analysis);
  const floor =
    decision.noiseFloor === null
      ? ''
      : paragraph(
          `Paired repeats: a difference has a standard deviation of ${formatLoss(decision.noiseFloor)}.`,
          'note',
        );
  return sectionHtml(
    'evidence',
    'Decision evidence',
    `${figure}${roundsPart(decision)}${paragraph(decision.noise, 'note')}${floor}${initial ? paragraph(initial, 'note') : ''}`,
  );
}
