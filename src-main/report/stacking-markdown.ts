/** A stacking study as Markdown: findings and tables, without charts. */
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { describeArchitecture } from '../model/architecture.ts';
import { escapeMarkdown } from './markup.ts';
import { formatCount, formatDifference, formatFlops, formatLoss } from './number-format.ts';
import { stackingFindings } from './stacking-findings.ts';

export function stackingMarkdown(analysis: StackingAnalysis): string {
  const ordered = [...analysis.policies].sort(
    (a, b) => (a.finalLoss ?? Number.POSITIVE_INFINITY) - (b.finalLoss ?? Number.POSITIVE_INFINITY),
  );
  const parts = [
    `# ${escapeMarkdown(analysis.name)}`,
    ...stackingFindings(analysis).map(escapeMarkdown),
    '## Policies',
    rows(
      ['Policy', 'Final loss', 'Margin', 'Training', 'Search', 'Stages', 'Grown by'],
      ordered.map((policy) => [
        policy.name,
        formatLoss(policy.finalLoss),
        policy.margin
          ? `${formatDifference(policy.margin.estimate)} (${formatDifference(policy.margin.low)} to ${formatDifference(policy.margin.high)})`
          : '',
        formatFlops(policy.trainingFlops),
        policy.searchFlops > 0 ? formatFlops(policy.searchFlops) : '',
        policy.stages.map(({ layers, steps }) => `${layers} × ${formatCount(steps)}`).join(', '),
        policy.growingPoints.map(({ strategy }) => strategy ?? '…').join(' → '),
      ]),
    ),
    '## Layers of the final models',
    rows(
      ['Policy', 'Born in stage (as layer), by final layer'],
      analysis.policies
        .filter(({ lineage }) => lineage.length > 0)
        .map(({ name, lineage }) => [
          name,
          lineage.map(({ bornInStage, bornAsLayer }) => `${bornInStage + 1} (${bornAsLayer})`).join(', '),
        ]),
    ),
    '## Setup',
    `- Model: ${describeArchitecture(analysis.architecture)}; ${formatCount(analysis.parameters)} parameters at the end\n- Budget: ${formatFlops(analysis.budgetFlops)} for every policy\n- Data: ${escapeMarkdown(analysis.data.corpus)}, ${escapeMarkdown(analysis.data.tokenizer)} tokenizer\n- Pool: ${escapeMarkdown(analysis.pool)}, rule ${analysis.rule}, seed ${analysis.seed}`,
    escapeMarkdown(analysis.finalLossDefinition),
    '## Reproduce',
    `\`\`\`sh\n${analysis.reproduce}\n\`\`\``,
    `\`\`\`yaml\n${analysis.studyYaml.trimEnd()}\n\`\`\``,
  ];
  return `${parts.join('\n\n')}\n`;
}

const rows = (header: readonly string[], body: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...body]
    .map((cells) => `| ${cells.map((cell) => escapeMarkdown(cell)).join(' | ')} |`)
    .join('\n');
