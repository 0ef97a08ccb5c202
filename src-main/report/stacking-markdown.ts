/** A stacking study as Markdown (GitHub flavour): the findings and tables of the HTML report, without charts. */
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { describeArchitecture } from '../model/architecture.ts';
import { fence, list, table } from './markdown-parts.ts';
import { escapeMarkdown } from './markup.ts';
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
import { roundTable } from './round-table.ts';
import { choiceInWords } from './stacking-choices.ts';
import { stackingFindings, stackingLimits, stackingQuestion } from './stacking-findings.ts';
import { ancestorInWords, birthName } from './stacking-lineage.ts';
import {
  choosingPoints,
  grownBy,
  inFinalOrder,
  type SharedGrowingPoint,
  stateInWords,
} from './stacking-looks.ts';
import { shownReadings } from './trigger-readings.ts';

/** Complete Markdown document of a stacking study, finished or not. */
export function stackingMarkdown(analysis: StackingAnalysis): string {
  const { data, stages } = analysis;
  const ordered = inFinalOrder(analysis.policies);
  const choices = choosingPoints(analysis);
  const parts = [
    `# ${escapeMarkdown(analysis.name)}`,
    ...(analysis.state === 'finished' ? [] : [`State: ${analysis.state}`]),
    escapeMarkdown(stackingQuestion(analysis)),
    '## Answer',
    ...stackingFindings(analysis).map(escapeMarkdown),
    escapeMarkdown(stackingLimits(analysis)),
    '## Policies',
    table(
      ['Policy', 'Grown by', 'State', 'Rank', 'Final loss', 'Margin', 'Interval'],
      ordered.map((policy) => [
        policy.name,
        grownBy(policy),
        stateInWords(policy, analysis.state) || policy.state,
        formatRank(policy.rank),
        formatLoss(policy.finalLoss),
        formatDifference(policy.margin?.estimate ?? null),
        policy.margin
          ? `${formatDifference(policy.margin.low)} to ${formatDifference(policy.margin.high)}`
          : '–',
      ]),
      3,
    ),
    escapeMarkdown(analysis.finalLossDefinition),
    '## Stages',
    table(
      [
        'Policy',
        'Grown by',
        'Plan',
        'State',
        'Stage',
        'Layers',
        'Steps',
        'Before',
        'Compute',
        'Loss at start',
        'At end',
      ],
      ordered.flatMap((policy) =>
        policy.stages.map((stage) => [
          policy.name,
          stage.strategy ?? 'initialised',
          stage.plan ?? '',
          stage.state,
          String(stage.stage + 1),
          String(stage.layers),
          `${formatCount(stage.steps)} of ${formatCount(stage.stepsPlanned)}`,
          formatFlops(stage.flopsBefore),
          formatFlops(stage.flops),
          formatLoss(stage.initialLoss),
          formatLoss(stage.endLoss),
        ]),
      ),
      4,
    ),
    ...(choices.length > 0 ? ['## Choices at the growing points', ...choices.flatMap(choicePart)] : []),
    ...lineagePart(analysis),
    ...triggerPart(analysis),
    '## Cost',
    table(
      ['Policy', 'Search is', 'Training', 'Search', 'Together', 'Of the budget', 'Time'],
      ordered.map((policy) => [
        policy.name,
        policy.search ?? '–',
        formatFlops(policy.trainingFlops),
        policy.searchFlops > 0 ? formatFlops(policy.searchFlops) : '–',
        formatFlops(policy.totalFlops),
        formatShare(policy.totalFlops / analysis.budgetFlops),
        formatDuration(policy.seconds),
      ]),
      2,
    ),
    '## Setup',
    list([
      [
        'Final model',
        `${describeArchitecture(analysis.architecture)}; ${formatCount(analysis.parameters)} parameters`,
      ],
      [
        'Stages',
        stages.map(({ layers, steps }) => `${layers} layers, ${formatCount(steps)} steps`).join('; '),
      ],
      ['Budget', `${formatFlops(analysis.budgetFlops)} for every policy`],
      ['Pool', analysis.pool],
      ['Rule', analysis.rule],
      ['Data', `${data.corpus}, ${data.tokenizer} tokenizer, content hash ${data.contentHash}`],
    ]),
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

function choicePart({ policies, point }: SharedGrowingPoint): string[] {
  const { decision, probes, fromLayers, toLayers, searchFlops } = point;
  const names = joinNames(policies.map(({ name }) => name));
  const values = new Map(decision?.values.map(({ strategy, value }) => [strategy, value]));
  const order = new Map(decision?.values.map(({ strategy }, place) => [strategy, place]));
  const rounds = decision && roundTable(decision);
  return [
    `### ${escapeMarkdown(`${names}: ${fromLayers} to ${toLayers} layers`)}`,
    escapeMarkdown(choiceInWords(point)),
    table(
      ['Strategy', 'Plan', 'State', 'k = 0', 'Value'],
      probes
        .toSorted((a, b) => (order.get(a.strategy) ?? 0) - (order.get(b.strategy) ?? 0))
        .map((probe) => [
          probe.strategy,
          probe.plan,
          probe.state,
          formatLoss(probe.curve.find(({ step }) => step === 0)?.loss ?? null),
          formatLoss(values.get(probe.strategy) ?? null),
        ]),
      3,
    ),
    ...(rounds ? [table(rounds.header, rounds.rows, 0)] : []),
    ...(decision?.stoppedBecause
      ? [escapeMarkdown(`Why it looked no further: ${decision.stoppedBecause}`)]
      : []),
    escapeMarkdown(`Searching here took ${formatFlops(searchFlops)}. ${decision?.noise ?? ''}`.trimEnd()),
  ];
}

function lineagePart(analysis: StackingAnalysis): string[] {
  const rows = inFinalOrder(analysis.policies).flatMap(({ name, lineage }) =>
    lineage.map((origin) => [
      name,
      origin.ancestors.map((one) => `${one.growingPoint + 1}: ${ancestorInWords(one)}`).join('; '),
      String(origin.layer),
      birthName(origin),
    ]),
  );
  if (rows.length === 0) return [];
  return [
    '## Where the layers come from',
    'Named by stage and layer of birth: 2.3 is layer 3 of stage 2.',
    table(['Policy', 'Newest growing point first', 'Layer', 'Born as'], rows, 2),
  ];
}

function triggerPart(analysis: StackingAnalysis): string[] {
  const shown = shownReadings(analysis);
  if (shown.length === 0) return [];
  return [
    '## Trigger readings',
    table(
      ['Policy', 'Fired', 'Stage', 'Step', 'Value', 'Threshold'],
      shown.map(({ policy, stage, reading }) => [
        policy.name,
        reading.hasFired ? 'yes' : 'no',
        String(stage + 1),
        formatCount(reading.step),
        reading.value === null ? '–' : String(Number(reading.value.toPrecision(3))),
        String(Number(reading.threshold.toPrecision(3))),
      ]),
      2,
    ),
  ];
}
