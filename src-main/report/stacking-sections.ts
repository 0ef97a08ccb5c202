/** The parts of the report of a stacking study, each a pure function of the analysis. */
import type { PolicyAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import { describeArchitecture } from '../model/architecture.ts';
import { factsHtml, figureHtml, keyHtml, paragraph, type Row, sectionHtml, tableHtml } from './html-parts.ts';
import { escapeHtml } from './markup.ts';
import {
  formatCount,
  formatDifference,
  formatDuration,
  formatFlops,
  formatLoss,
  formatRank,
  formatShare,
  joinNames,
} from './number-format.ts';
import { planGlyph } from './plan-glyph.ts';
import { curvesOption, hasEnlargedEnd } from './stacking-curves-chart.ts';
import { stackingAnswer, stackingFindings, stackingLimits } from './stacking-findings.ts';
import { ancestorInWords, birthName, lineageOf, lineageSvg } from './stacking-lineage.ts';
import { grownBy, inFinalOrder, stateInWords } from './stacking-looks.ts';
import { timelineSvgs } from './stacking-timeline.ts';
import { cssPalette, type Look } from './theme.ts';
import { type ShownReading, shownReadings } from './trigger-readings.ts';

type Looks = ReadonlyMap<string, Look>;

const number = (header: string) => ({ header, isNumber: true });
const ROW_GLYPH = { height: 12, maxWidth: 144 };

export function stackingAnswerSection(analysis: StackingAnalysis, looks: Looks): string {
  const [best] = inFinalOrder(analysis.policies);
  const isKnown = best !== undefined && best.finalLoss !== null;
  const rest = stackingFindings(analysis).slice(1);
  const badge = isKnown ? badgeOf(analysis) : '';
  const head = isKnown
    ? `<div class="chosen">${keyHtml(looks.get(best.name)!)}<strong>${escapeHtml(best.name)}</strong>${badge}</div>`
    : '';
  const list =
    rest.length > 0
      ? `<ul class="findings">${rest.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`
      : '';
  const over = analysis.policies.filter(({ finalLoss }) => finalLoss !== null).length;
  const searchShare =
    Math.max(0, ...analysis.policies.map(({ searchFlops }) => searchFlops)) / analysis.budgetFlops;
  return sectionHtml(
    'answer',
    'Answer',
    `<div class="verdict${isKnown ? '' : ' open'}">${head}${paragraph(stackingAnswer(analysis))}</div>${factsHtml(
      [
        ['Policies ended', `${over} of ${analysis.policies.length}`],
        ['Budget of each', formatFlops(analysis.budgetFlops)],
        ...(isKnown ? [['Lowest final loss', formatLoss(best.finalLoss)] as [string, string]] : []),
        ...(searchShare > 0
          ? [['Search, share of budget', formatShare(searchShare)] as [string, string]]
          : []),
      ],
      'stats',
    )}${list}${paragraph(stackingLimits(analysis), 'note')}`,
  );
}

function badgeOf({ policies, state }: StackingAnalysis): string {
  const tied = policies.filter(({ margin }) => margin !== null && margin.low <= 0).length;
  if (policies.some(({ finalLoss }) => finalLoss === null) && state !== 'finished')
    return '<span class="badge">so far</span>';
  return tied > 0
    ? `<span class="badge warn">tie of ${tied + 1}</span>`
    : '<span class="badge ok">lowest, one seed</span>';
}

export function timelineSection(analysis: StackingAnalysis, looks: Looks): string {
  const hasTrigger = analysis.policies.some(({ stages }) =>
    stages.some(({ triggerReadings }) => triggerReadings.length > 0),
  );
  const description = `One row for each of ${analysis.policies.length} policies, the lowest final loss first. A bar is a stage, as long as the compute it took; its height and number are layers, the name above it the strategy that grew it. Hatched is search that was paid for; outlined is planned.${hasTrigger ? ' Stages with a trigger may end early.' : ''}`;
  const table = tableHtml(
    'Stages of the policies',
    [
      { header: 'Policy' },
      number('Stage'),
      number('Layers'),
      { header: 'Grown by' },
      { header: 'Plan' },
      number('Steps'),
      number('Compute before'),
      number('Compute'),
      number('Loss at start'),
      number('Loss at end'),
      { header: 'State' },
    ],
    inFinalOrder(analysis.policies).flatMap((policy) =>
      policy.stages.map((stage, index): Row => {
        const before = policy.stages[index - 1]?.layers ?? 0;
        return {
          html: [
            policyName(policy, looks),
            String(stage.stage + 1),
            String(stage.layers),
            escapeHtml(stage.strategy ?? 'initialised'),
            stage.plan === null ? '' : planGlyph(stage.plan, before, ROW_GLYPH),
            `${formatCount(stage.steps)} of ${formatCount(stage.stepsPlanned)}`,
            formatFlops(stage.flopsBefore),
            formatFlops(stage.flops),
            formatLoss(stage.initialLoss),
            formatLoss(stage.endLoss),
            escapeHtml(stage.state),
          ],
        };
      }),
    ),
  );
  return sectionHtml(
    'timeline',
    'Timeline',
    `<figure>${timelineSvgs(analysis, description)}<figcaption>${escapeHtml(description)}</figcaption><details><summary>Table: stages of the policies</summary>${table}</details></figure>`,
  );
}

const policyName = ({ name }: PolicyAnalysis, looks: Looks): string =>
  `<span class="name">${keyHtml(looks.get(name)!)}<span class="label">${escapeHtml(name)}</span></span>`;

export function policiesSection(analysis: StackingAnalysis, looks: Looks): string {
  const rows = inFinalOrder(analysis.policies).map((policy, index): Row => {
    const { margin, finalLoss } = policy;
    const isTied = margin !== null && margin.low <= 0;
    const state = stateInWords(policy, analysis.state);
    const isLost = policy.state === 'diverged' || policy.state === 'failed';
    const badge = isTied
      ? ' <span class="badge warn">tied</span>'
      : state === ''
        ? ''
        : ` <span class="badge${isLost ? ' bad' : ''}">${escapeHtml(state)}</span>`;
    return {
      className: index === 0 && finalLoss !== null ? 'picked' : isTied ? 'even' : '',
      html: [
        policyName(policy, looks) + badge,
        formatRank(policy.rank),
        formatLoss(finalLoss),
        formatDifference(margin?.estimate ?? null),
        margin ? `${formatDifference(margin.low)} to ${formatDifference(margin.high)}` : '–',
        escapeHtml(grownBy(policy)),
      ],
    };
  });
  const table = tableHtml(
    'Final losses in nats per token; margin to the lowest, with its interval over validation batches',
    [
      { header: 'Policy' },
      number('Rank'),
      number('Final loss'),
      number('Margin'),
      number('Interval'),
      { header: 'Grown by' },
    ],
    rows,
  );
  return sectionHtml('policies', 'Policies', `${table}${paragraph(analysis.finalLossDefinition, 'note')}`);
}

export function curvesSection(analysis: StackingAnalysis, looks: Looks): string {
  const hasCurve = analysis.policies.some(({ stages }) => stages.some(({ curve }) => curve.length > 1));
  if (!hasCurve)
    return sectionHtml('curves', 'Loss by compute', paragraph('No evaluation has been recorded yet.'));
  const hasEnlarged = hasEnlargedEnd(analysis);
  return sectionHtml(
    'curves',
    'Loss by compute',
    figureHtml({
      id: 'curves',
      title: 'Loss of the policies by compute',
      description:
        'Validation loss of every policy over the compute it has spent, search included where it is charged. Markers stand where a stage begins and ends; a dotted line leads from one stage to the next: up or down where growing changed the function, to the right where search was paid for.',
      wideHeight: hasEnlarged ? 560 : 300,
      narrowHeight: hasEnlarged ? 600 : 320,
      draw: (size) => curvesOption(analysis, { size, palette: cssPalette, looks }),
      tableHtml: tableHtml(
        'Loss at the ends of the stages',
        [
          { header: 'Policy' },
          number('Stage'),
          number('Compute'),
          number('Loss at start'),
          number('Loss at end'),
        ],
        inFinalOrder(analysis.policies).flatMap((policy) =>
          policy.stages.map((stage) => ({
            html: [
              policyName(policy, looks),
              String(stage.stage + 1),
              formatFlops(stage.flopsBefore + stage.flops),
              formatLoss(stage.initialLoss),
              formatLoss(stage.endLoss),
            ],
          })),
        ),
      ),
    }),
  );
}

export function lineageSection(analysis: StackingAnalysis): string {
  const grown = inFinalOrder(analysis.policies).filter(({ lineage }) => lineage.length > 0);
  if (grown.length === 0)
    return sectionHtml(
      'lineage',
      'Where the layers come from',
      paragraph('No policy has passed its last growing point yet.'),
    );
  const groups = [...Map.groupBy(grown, (policy) => JSON.stringify(lineageOf(policy))).values()];
  const figures = groups.map((policies, index) => {
    const [policy] = policies;
    const names = joinNames(policies.map(({ name }) => name));
    return `<figure><figcaption>${escapeHtml(names)}: <span>${escapeHtml(grownBy(policy!))}</span></figcaption><div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(`Origin of the layers: ${names}`)}">${lineageSvg(lineageOf(policy!), `lineage-${index + 1}`, names)}</div></figure>`;
  });
  const table = tableHtml(
    'Layers of the final models, input first, with their way through the growing points',
    [{ header: 'Policy' }, number('Layer'), { header: 'Born as' }, { header: 'Newest growing point first' }],
    grown.flatMap((policy) =>
      policy.lineage.map((origin) => ({
        html: [
          escapeHtml(policy.name),
          String(origin.layer),
          birthName(origin),
          escapeHtml(
            origin.ancestors.map((one) => `${one.growingPoint + 1}: ${ancestorInWords(one)}`).join('; '),
          ),
        ],
      })),
    ),
  );
  return sectionHtml(
    'lineage',
    'Where the layers come from',
    `${paragraph('Columns are stages, layer 0 at the bottom. A cell is named after its oldest ancestor: 2.3 is layer 3 of stage 2; its shade says the stage. Green lines are copies to a new place, two for the average of two layers, dashed ones add nothing at first; a dotted circle is a layer without a parent; a dotted cell is not carried on, or in averages only.', 'note')}<div class="lineages">${figures.join('')}</div><details><summary>Table: layers of the final models</summary>${table}</details>`,
  );
}

/** Empty text where no stage has a trigger. */
export function triggersSection(analysis: StackingAnalysis, looks: Looks): string {
  const shown = shownReadings(analysis);
  if (shown.length === 0) return '';
  const rows = shown.map(
    ({ policy, stage, reading }: ShownReading): Row => ({
      html: [
        policyName(policy, looks),
        String(stage + 1),
        formatCount(reading.step),
        reading.value === null ? '–' : String(Number(reading.value.toPrecision(3))),
        String(Number(reading.threshold.toPrecision(3))),
        reading.hasFired ? 'yes' : 'no',
      ],
    }),
  );
  return sectionHtml(
    'triggers',
    'Trigger readings',
    `${tableHtml(
      'What the trigger of each stage read; the last ones before the stage ended',
      [
        { header: 'Policy' },
        number('Stage'),
        number('Step'),
        number('Value'),
        number('Threshold'),
        { header: 'Fired' },
      ],
      rows,
    )}${paragraph('All readings stand in triggers.csv beside this page.', 'note')}`,
  );
}

export function stackingCostSection(analysis: StackingAnalysis, looks: Looks): string {
  const rows = inFinalOrder(analysis.policies).map((policy): Row => {
    const steps = policy.stages.reduce((sum, stage) => sum + stage.steps, 0);
    return {
      html: [
        policyName(policy, looks),
        formatCount(steps),
        formatFlops(policy.trainingFlops),
        policy.searchFlops > 0 ? formatFlops(policy.searchFlops) : '–',
        policy.search ?? '–',
        formatFlops(policy.totalFlops),
        formatShare(policy.totalFlops / analysis.budgetFlops),
        formatDuration(policy.seconds),
      ],
    };
  });
  const error =
    analysis.largestBudgetError === null
      ? ''
      : ` The accounted compute of the policies that ended differs from the budget by ${Number((100 * analysis.largestBudgetError).toPrecision(2))} % at most, because steps are whole.`;
  return sectionHtml(
    'cost',
    'Cost',
    `${tableHtml(
      'Compute of every policy; the time is that of its stages, without search',
      [
        { header: 'Policy' },
        number('Steps'),
        number('Training'),
        number('Search'),
        { header: 'Search is' },
        number('Together'),
        number('Of the budget'),
        number('Time'),
      ],
      rows,
    )}${paragraph(`A search marked free comes on top of the budget.${error} Policies that share a stage or a probe trained it once; each is shown with it. Evaluations are not counted.`, 'note')}`,
  );
}

export function stackingSetupSection(analysis: StackingAnalysis): string {
  const { data, stages } = analysis;
  return sectionHtml(
    'setup',
    'Setup',
    factsHtml(
      [
        [
          'Final model',
          `${describeArchitecture(analysis.architecture)}; ${formatCount(analysis.parameters)} parameters`,
        ],
        [
          'Stages',
          stages
            .map(
              ({ layers, steps, flopsPerStep }) =>
                `${layers} layers, ${formatCount(steps)} steps (${formatFlops(flopsPerStep)} each)`,
            )
            .join('; '),
        ],
        ['Budget', `${formatFlops(analysis.budgetFlops)} for every policy`],
        ['Pool', analysis.pool],
        ['Rule', analysis.rule],
        [
          'Data',
          `${data.corpus}, ${data.tokenizer} tokenizer; ${formatCount(data.trainingTokens)} training and ${formatCount(data.validationTokens)} validation tokens`,
        ],
        ['Data hash', data.contentHash],
      ],
      'facts long',
    ),
  );
}
