/** docs/evidence.md from recorded curves: tables, comparisons, and the answers they give. */
import type { DecisionRule } from '../../src-main/contract/decision.ts';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { finalCurves } from '../../src-main/lag/replay/final-values.ts';
import {
  metricTable,
  noiseOf,
  noiseTable,
  predictorTable,
  ruleTable,
  safetyTable,
  titleOf,
  withoutPreserving,
} from './audit-tables.ts';
import { comparePredictors, compareRules } from './comparisons.ts';
import { answers, failures } from './findings.ts';
import type { AuditOf, RecordedStacking } from './recorded.ts';
import { FUNCTION_PRESERVING } from './settings.ts';
import { bySetting, choiceTable, policyTable, titleOf as stackingTitle } from './stacking-tables.ts';
import { groupBy, table } from './statistics.ts';

const rule = (input: unknown): DecisionRule => decisionRuleSchema.parse(input);

export function evidencePage(all: readonly AuditOf[], stackings: readonly RecordedStacking[]): string {
  const audits = all.map(({ audit }) => audit);
  const demo = all.filter(({ setting }) => setting === 'moby-4-8').map(({ audit }) => audit);
  const settings = [...groupBy(all, ({ setting }) => setting)];
  const candidates = finalCurves(audits[0]!).length;
  const toleranceOf = (setting: string): number =>
    2 * noiseOf(all.filter((entry) => entry.setting === setting).map(({ audit }) => audit)).floor;
  const parts = [
    `# Evidence

What landscape-aware growing was worth in ${audits.length} audits and ${stackings.length} stacking ${stackings.length === 1 ? 'study' : 'studies'} of our own: tables, plots and answers. Everything on this page is computed from recorded curves that are in the repository (\`docs/evidence/recorded/\`); no number is typed by hand.

\`\`\`sh
npm run study:paper -- --from-recorded   # this page and its plots again, in seconds
npm run study:paper                      # all studies again, in hours, then the page
\`\`\`

The models are small (width 48, context 48, 230 000 parameters after growing) and train for 480 steps after growing, so that ${audits.length * candidates} final runs fit on a laptop. What holds here need not hold at scale; docs/importing.md shows how to ask recorded runs of large models the same questions.`,
    '## The studies',
    table(
      ['setting', 'study file', 'seeds', 'strategies'],
      settings.map(([setting, group]) => [
        titleOf(setting),
        `resources/studies/paper/${setting}.yaml`,
        group.map(({ audit }) => String(audit.seed)).join(', '),
        String(finalCurves(group[0]!.audit).length),
      ]),
    ),
    `Three corpora (a novel, political speeches, and a synthetic mixture of copying, induction, associative recall and modular sums), two architectures (ReLU with tied embedding and four heads; GELU with its own output head, biases and three heads), two ratios (4 → 8 and 2 → 8 layers), the pool demo-12. A seed decides everything at once: source, new layers, training order. Every candidate is trained to step 480 and, apart from that, in cooldown probes of 48, 96 and 144 steps. The final loss is the mean of the evaluations in the last tenth.

${FUNCTION_PRESERVING.join(', ')} keep the source's function, so their initial losses are equal: tables "without" them show the pool of the others.`,
    '## Answers',
    answers(all, stackings),
    '## How noisy is the truth?',
    `Standard deviation, over seeds, of the difference between the final losses of two strategies. A difference below twice this number in one audit is no difference.`,
    noiseTable(all),
    '## Which early measurement predicts the end?',
    `Spearman correlation with the final loss, mean over the ${audits.length} audits with a 95 % t interval (audits differ in more than their seed, so the interval says how much settings differ, too). k as a share of the final run in brackets.`,
    predictorTable(audits, 'spearman'),
    '![Rank correlation by lag and setting](evidence/correlation.svg)',
    'The same without the function-preserving strategies:',
    predictorTable(audits.map(withoutPreserving), 'spearman'),
    'Regret of choosing by each (ties averaged), in nats per token, over the full pool:',
    predictorTable(audits, 'regret'),
    '## Does the cooldown probe stay ahead beyond the demo?',
    `Cooldown probe minus plain loss at the same k, paired by audit. Rank correlation: positive is in favour of the probe. Regret: negative is.`,
    cooldownTable(settings),
    '## What is the smallest safe k?',
    `The smallest recorded k from which on every later pick by the plain loss ends within twice the noise of the best; and in how many seeds the pick of a cooldown probe does.`,
    safetyTable(all, toleranceOf),
    '## What does each rule cost, and give up?',
    `Every rule replayed on every audit. Cost: steps of deciding and of finishing the pick, as a share of training every candidate to the end. The last row is successive halving as a hyperparameter tuner does it, trial after trial.`,
    ruleTable(audits),
    '![Regret against cost](evidence/regret.svg)',
    `On the pool and corpus of the demo alone (${demo.length} seeds):`,
    ruleTable(demo),
    '## Does choosing anew at every growing point pay?',
    ...[...bySetting(stackings)].flatMap(([setting, group]) => [
      `### ${stackingTitle(setting)}, ${group.length} ${group.length === 1 ? 'seed' : 'seeds'}`,
      `Every policy spends the same training FLOPs. "search charged" pays for its probes with a shorter last stage, "search free" does not.`,
      policyTable(group),
    ]),
    '![Final loss of every policy](evidence/policies.svg)',
    'What it chose:',
    choiceTable(stackings),
    '## Do other metrics agree with the loss?',
    metricTable(all),
    '## Where LAG fails',
    failures(all, stackings),
    `## Limits

One width, one learning rate, one batch size, one horizon; ${new Set(audits.map(({ seed }) => seed)).size} seeds a setting. The validation batches that choose also judge. t intervals over five seeds assume that differences are roughly normal. The rules were set before these audits were run, but the demo pool and the cooldown probe were chosen on earlier runs of the first setting.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function cooldownTable(settings: readonly (readonly [string, readonly AuditOf[]])[]): string {
  const rows = [48, 96, 144].flatMap((lag) => {
    const of = (title: string, audits: readonly RecordedAudit[]): string[] => {
      const rho = comparePredictors(audits, 'cooldown probe', 'loss at k', lag);
      const regret = compareRules(audits, rule({ rule: 'cooldown', lag }), rule({ rule: 'lossAtLag', lag }));
      return [
        String(lag),
        title,
        rho.text,
        `${rho.wins} of ${rho.differences.length}`,
        regret.text,
        `${regret.wins} : ${regret.draws} : ${regret.differences.length - regret.wins - regret.draws}`,
      ];
    };
    return [
      ...settings.map(([setting, group]) =>
        of(
          titleOf(setting),
          group.map(({ audit }) => audit),
        ),
      ),
      of(
        '**all**',
        settings.flatMap(([, group]) => group.map(({ audit }) => audit)),
      ),
    ];
  });
  return table(
    ['k', 'setting', 'ρ, probe − plain', 'ahead in', 'regret, probe − plain', 'better : equal : worse'],
    rows,
  );
}
