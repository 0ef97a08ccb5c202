/** The parts of the HTML report that hold text and tables, each a pure function of the analysis. */
import type { CandidateAnalysis, StudyAnalysis } from '../contract/analysis.ts';
import { describeArchitecture } from '../model/architecture.ts';
import {
  agreementOfRule,
  answerOf,
  costFinding,
  hindsightOf,
  initialLossFinding,
  limitsOf,
  lostCandidates,
  rankedCandidates,
  ruleInWords,
  valueHeader,
  verdictOf,
} from './findings.ts';
import { factsHtml, keyHtml, nameHtml, paragraph, type Row, sectionHtml, tableHtml } from './html-parts.ts';
import { escapeHtml } from './markup.ts';
import {
  formatCorrelation,
  formatCount,
  formatDuration,
  formatFlops,
  formatLoss,
  formatRank,
  formatShare,
} from './number-format.ts';
import { planGlyph } from './plan-glyph.ts';
import type { Look } from './theme.ts';

type Looks = ReadonlyMap<string, Look>;

const ROW_GLYPH = { height: 12, maxWidth: 144 };
const CARD_GLYPH = { height: 32, maxWidth: 240 };

export function answerSection(analysis: StudyAnalysis, looks: Looks): string {
  const { decision } = analysis;
  const chosen = analysis.candidates.find((candidate) => candidate.isChosen);
  const layers = analysis.source.architecture.layers;
  const head =
    chosen && decision
      ? `<div class="chosen">${keyHtml(looks.get(chosen.strategy)!)}<strong>${escapeHtml(chosen.strategy)}</strong><span class="badge ${verdictOf(decision).tone}">${verdictOf(decision).text}</span>${planGlyph(chosen.plan, layers, CARD_GLYPH)}</div>`
      : '';
  const more = [initialLossFinding(analysis), hindsightOf(analysis)].filter((text) => text !== null);
  const card = `<div class="verdict${decision ? '' : ' open'}">${head}${paragraph(answerOf(analysis))}${more.length > 0 ? paragraph(more.join(' ')) : ''}</div>`;
  const atLag = decision ? agreementOfRule(analysis.agreement, decision) : undefined;
  const initial = analysis.agreement.find((row) => row.predictor === 'initial loss');
  const stats: [string, string][] = [
    ['Strategies compared', formatCount(rankedCandidates(analysis).length)],
    ...(decision ? [['Lag k, steps', formatCount(decision.lag)] as [string, string]] : []),
    ...(decision?.margin ? [['Margin, nats', formatLoss(decision.margin.estimate)] as [string, string]] : []),
    ...(initial ? [['ρ of initial loss', formatCorrelation(initial.spearman)] as [string, string]] : []),
    ...(atLag && atLag !== initial
      ? [['ρ of the rule', formatCorrelation(atLag.spearman)] as [string, string]]
      : []),
    ['Share of training all', formatShare(analysis.cost.shareOfExhaustive)],
  ];
  return sectionHtml(
    'answer',
    'Answer',
    `${card}${factsHtml(stats, 'stats')}${paragraph(limitsOf(analysis), 'note')}`,
  );
}

export function setupSection(analysis: StudyAnalysis): string {
  const { source, target, data } = analysis;
  return sectionHtml(
    'setup',
    'Setup',
    factsHtml(
      [
        [
          'Source',
          `${describeArchitecture(source.architecture)}; ${formatCount(source.parameters)} parameters, ${formatCount(source.steps)} steps${source.finalLoss === null ? '' : `, loss ${formatLoss(source.finalLoss)}`}${source.reused ? ', reused from an earlier study' : ''}`,
        ],
        [
          'Target',
          `${describeArchitecture(target.architecture)}; ${formatCount(target.parameters)} parameters, ${formatFlops(target.flopsPerStep)} per step`,
        ],
        ['Horizon', `${formatCount(analysis.horizon)} steps after growing`],
        [
          'Data',
          `${data.corpus}, ${data.tokenizer} tokenizer; ${formatCount(data.trainingTokens)} training and ${formatCount(data.validationTokens)} validation tokens`,
        ],
        ['Data hash', data.contentHash],
        ['Final loss', analysis.finalLossDefinition],
        [
          'Mode',
          analysis.mode === 'audit'
            ? 'audit: every candidate is trained to the end'
            : 'select: only the choice is trained to the end',
        ],
      ],
      'facts long',
    ),
  );
}

const EXACTNESS_WORDS: Readonly<Record<string, string>> = {
  exact: 'kept',
  'exact-up-to-eps': 'kept up to rounding',
  approx: 'nearly kept',
  none: 'changed',
};

export function poolSection(analysis: StudyAnalysis, looks: Looks): string {
  const layers = analysis.source.architecture.layers;
  const rows = analysis.candidates.map(
    (candidate): Row => ({
      className: candidate.isControl ? 'aside' : '',
      html: [
        nameHtml(
          { ...candidate, isChosen: false, isTied: false, state: 'finished' },
          looks.get(candidate.strategy),
        ),
        planGlyph(candidate.plan, layers, CARD_GLYPH),
        `<span class="mono">${escapeHtml(candidate.plan)}</span>`,
        escapeHtml(candidate.operator),
        candidate.isControl ? '–' : escapeHtml(EXACTNESS_WORDS[candidate.exactness] ?? candidate.exactness),
      ],
    }),
  );
  const table = tableHtml(
    `Pool ${analysis.pool}: layer plans from input (left) to output (right), height = source layer`,
    [
      { header: 'Strategy' },
      { header: 'Layer plan' },
      { header: 'As text' },
      { header: 'Operator' },
      { header: 'Function' },
    ],
    rows,
  );
  const samples = [
    ['1', 'copy, coloured by source layer'],
    ['1*', 'copy that adds nothing at first'],
    ['1~0.5', 'scaled copy'],
    ['r', 'random'],
    ['i', 'random, adds nothing at first'],
    ['z', 'zeros'],
  ] as const;
  const legend = samples
    .map(
      ([word, meaning]) =>
        `<li>${planGlyph(word, 3, { height: 28, maxWidth: 12 })}<span><span class="mono">${word}</span> ${meaning}</span></li>`,
    )
    .join('');
  const duplicates = analysis.duplicates.map(({ strategy, sameAs }) => `${strategy} (same as ${sameAs})`);
  return sectionHtml(
    'pool',
    'Pool',
    `${table}<ul class="legend">${legend}</ul>${duplicates.length > 0 ? paragraph(`Left out as duplicates: ${duplicates.join(', ')}.`, 'note') : ''}`,
  );
}

/**
 * Order of the ranking: by what the decision rests on, then by initial loss; lost candidates and controls last.
 * Pool order until all have reached the lag, so that nothing early looks final.
 */
export function inRankingOrder(analysis: StudyAnalysis): CandidateAnalysis[] {
  if (analysis.candidates.every((candidate) => candidate.rankAtLag === null)) return [...analysis.candidates];
  const key = (candidate: CandidateAnalysis): number =>
    (candidate.isControl ? 2e9 : 0) + (candidate.lossAtLag === null ? 1e9 : 0);
  return analysis.candidates.toSorted(
    (a, b) =>
      key(a) - key(b) ||
      (a.rankAtLag ?? 0) - (b.rankAtLag ?? 0) ||
      (a.lossAtLag ?? 0) - (b.lossAtLag ?? 0) ||
      (a.initialLoss ?? Number.MAX_VALUE) - (b.initialLoss ?? Number.MAX_VALUE),
  );
}

function rankingCaption(decision: StudyAnalysis['decision']): string {
  const plain =
    'Validation loss in nats per token, and rank; ties share the mean rank, controls are not ranked';
  const metric = decision?.metric ?? 'loss';
  if (!decision || (metric === 'loss' && valueHeader(decision).startsWith('k ='))) return plain;
  const at = decision.rounds
    ? ', each candidate where it was seen last; those that went further stand first'
    : '';
  return `${plain}. ${valueHeader(decision)}: ${ruleInWords(decision)}${at}`;
}

export function rankingSection(analysis: StudyAnalysis, looks: Looks, figure: string): string {
  const { decision } = analysis;
  const isAudit = analysis.mode === 'audit';
  const finals = rankedCandidates(analysis).flatMap(({ finalLoss }) =>
    finalLoss === null ? [] : [finalLoss],
  );
  const bestFinal = Math.min(...finals);
  const layers = analysis.source.architecture.layers;
  const ordered = inRankingOrder(analysis);
  const lastEven = ordered.findLastIndex((candidate) => candidate.isChosen || candidate.isTied);
  const rows = ordered.map(
    (candidate, index): Row => ({
      className: [
        candidate.isChosen ? 'picked' : candidate.isTied ? 'even' : '',
        candidate.isControl ? 'aside' : '',
        index === lastEven ? 'last' : '',
      ]
        .filter((name) => name !== '')
        .join(' '),
      html: [
        nameHtml(candidate, looks.get(candidate.strategy)),
        planGlyph(candidate.plan, layers, ROW_GLYPH),
        formatLoss(candidate.initialLoss, 3),
        formatRank(candidate.rankInitial),
        formatLoss(candidate.lossAtLag),
        formatRank(candidate.rankAtLag),
        formatLoss(candidate.finalLoss),
        ...(isAudit
          ? [
              formatRank(candidate.rankFinal),
              formatLoss(
                candidate.finalLoss === null || candidate.isControl || finals.length === 0
                  ? null
                  : candidate.finalLoss - bestFinal,
              ),
            ]
          : []),
      ],
    }),
  );
  const number = (header: string) => ({ header, isNumber: true });
  const table = tableHtml(
    rankingCaption(decision),
    [
      { header: 'Strategy' },
      { header: 'Plan' },
      number('k = 0'),
      number('Rank'),
      number(valueHeader(decision)),
      number('Rank'),
      number('Final'),
      ...(isAudit ? [number('Rank'), number('Regret')] : []),
    ],
    rows,
  );
  return sectionHtml('ranking', 'Ranking at k = 0, at the lag and at the end', `${table}${figure}`);
}

export function costSection(analysis: StudyAnalysis): string {
  const { cost } = analysis;
  const width = Math.min(100, Math.max(0, cost.shareOfExhaustive * 100));
  return sectionHtml(
    'cost',
    'Cost',
    `${paragraph(costFinding(analysis))}<div class="bar" role="img" aria-label="${escapeHtml(formatShare(cost.shareOfExhaustive))} of training every candidate"><i style="width:${width.toFixed(2)}%"></i></div>${factsHtml(
      [
        ['Compute', formatFlops(cost.flops)],
        ['Training all candidates', formatFlops(cost.exhaustiveFlops)],
        ['Steps', formatCount(cost.steps)],
        ['Time', formatDuration(cost.seconds)],
        ...(cost.flopsWithAudit > cost.flops
          ? [['With controls and audit', formatFlops(cost.flopsWithAudit)] as const]
          : []),
      ],
    )}${paragraph('Counted are the training steps of the probes and of the chosen continuation; training the source and evaluations are not counted.', 'note')}`,
  );
}

export function lostSection(analysis: StudyAnalysis, looks: Looks): string {
  const lost = lostCandidates(analysis);
  if (lost.length === 0) return sectionHtml('lost', 'Diverged and failed candidates', paragraph('None.'));
  return sectionHtml(
    'lost',
    'Diverged and failed candidates',
    tableHtml(
      'Candidates without a result, with the reason',
      [
        { header: 'Strategy' },
        { header: 'State' },
        { header: 'Last step with a loss', isNumber: true },
        { header: 'Reason' },
      ],
      lost.map((candidate) => {
        const last = [...candidate.probeCurve, ...candidate.fullCurve].filter((point) => point.loss !== null);
        return {
          html: [
            nameHtml(
              { ...candidate, isChosen: false, isTied: false, isControl: false, state: 'finished' },
              looks.get(candidate.strategy),
            ),
            escapeHtml(candidate.state),
            last.length === 0 ? '–' : formatCount(Math.max(...last.map((point) => point.step))),
            escapeHtml(candidate.reason ?? 'no reason recorded'),
          ],
        };
      }),
    ),
  );
}

/** Parts that every kind of study has. */
type AnyStudy = Pick<
  StudyAnalysis,
  'id' | 'seed' | 'createdAt' | 'reproduce' | 'environment' | 'studyYaml' | 'events'
>;

export function reproductionSection(analysis: AnyStudy): string {
  return sectionHtml(
    'reproduce',
    'Reproduce',
    `<pre tabindex="0"><code>${escapeHtml(analysis.reproduce)}</code></pre>${paragraph('The same study file and seed on the same engine and machine give the same numbers.', 'note')}`,
  );
}

export function environmentSection(analysis: AnyStudy): string {
  return sectionHtml(
    'environment',
    'Versions, seeds and machine',
    factsHtml(
      [
        ['Seed', String(analysis.seed)],
        ['Study', analysis.id],
        ['Created', analysis.createdAt],
        ...Object.entries(analysis.environment),
      ],
      'facts long',
    ),
  );
}

export function studyFileSection(analysis: AnyStudy): string {
  return sectionHtml(
    'study-file',
    'Study file',
    `<pre tabindex="0"><code>${escapeHtml(analysis.studyYaml)}</code></pre>`,
  );
}

export function eventsSection(analysis: AnyStudy): string {
  const items = analysis.events.map(
    ({ at, kind, message }) =>
      `<li><time>${escapeHtml(at)}</time><span class="kind">${escapeHtml(kind)}</span><span>${escapeHtml(message)}</span></li>`,
  );
  return sectionHtml(
    'events',
    'Events',
    items.length === 0 ? paragraph('None recorded.') : `<ol class="events">${items.join('\n')}</ol>`,
  );
}
