/**
 * The answers of docs/evidence.md. Numbers and verdicts are computed from the recorded curves: a comparison is called
 * ahead or behind only where its 95 % interval leaves out zero.
 */
import type { DecisionRule } from '../../src-main/contract/decision.ts';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { finalCurves, finalValueOf } from '../../src-main/lag/replay/final-values.ts';
import { replayAudit } from '../../src-main/lag/replay/replay-audit.ts';
import {
  noiseOf,
  predictorCells,
  ruleOutcomes,
  smallestSafeStep,
  titleOf,
  withoutPreserving,
} from './audit-tables.ts';
import { comparePredictors, compareRules } from './comparisons.ts';
import type { AuditOf, RecordedStacking } from './recorded.ts';
import { GRID } from './settings.ts';
import { bySetting, policyOutcomes, titleOf as stackingTitle } from './stacking-tables.ts';
import { groupBy, meanOf, percent, written } from './statistics.ts';

const rule = (input: unknown): DecisionRule => decisionRuleSchema.parse(input);

/** Fewer seeds than this give numbers, but no answer. */
const LEAST_SEEDS = 3;
const seeds = (count: number): string => `${count} ${count === 1 ? 'seed' : 'seeds'}`;
const caution = (count: number): string =>
  count < LEAST_SEEDS ? ` With ${seeds(count)} this is an observation, not an answer yet.` : '';

/** `+` surely positive, `-` surely negative, `0` neither. */
function signOf(differences: readonly number[]): '+' | '-' | '0' {
  const { mean, half } = meanOf(differences);
  if (!(Math.abs(mean) > half)) return '0';
  return mean > 0 ? '+' : '-';
}

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

const meanAt = (audits: readonly RecordedAudit[], predictor: string, step: number): number => {
  const cell = predictorCells(audits).find((one) => one.predictor === predictor && one.step === step);
  return cell ? meanOf(present(cell.spearman)).mean : Number.NaN;
};

export function answers(all: readonly AuditOf[], stackings: readonly RecordedStacking[]): string {
  const audits = all.map(({ audit }) => audit);
  return [
    initialLossAnswer(audits),
    cooldownAnswer(all),
    safeStepAnswer(all),
    racingAnswer(audits),
    ...stackingAnswers(stackings),
    ...growingTimeAnswers(stackings),
    defaultsAnswer(audits),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function initialLossAnswer(audits: readonly RecordedAudit[]): string {
  const lag = comparePredictors(audits, 'cooldown probe', 'initial loss', 96);
  const regret = compareRules(audits, rule({ rule: 'cooldown', lag: 96 }), rule({ rule: 'initialLoss' }));
  const plain = comparePredictors(audits, 'loss at k', 'initial loss', 96);
  const rest = audits.map(withoutPreserving);
  const word = { '+': 'yes', '-': 'no, it is worse', '0': 'not surely' };
  return `**Is initial loss a worse guide than loss at a lag?** For the cooldown probe of 96 steps: ${word[signOf(lag.differences)]}. Its rank correlation with the end is ${written(lag.differences)} above that of initial loss (${meanAt(audits, 'cooldown probe', 96).toFixed(2)} against ${meanAt(audits, 'initial loss', 0).toFixed(2)}), higher in ${lag.wins} of ${lag.differences.length} audits, and choosing by it costs ${written(
    regret.differences.map((value) => -value),
    4,
  )} nats less regret. For the plain loss at the same step: ${word[signOf(plain.differences)]} (${written(plain.differences)}). Initial loss itself is no empty guide: without the strategies that keep the source's function its correlation is ${meanAt(rest, 'initial loss', 0).toFixed(2)}.`;
}

function cooldownAnswer(all: readonly AuditOf[]): string {
  const audits = all.map(({ audit }) => audit);
  const beyond = all.filter(({ setting }) => setting !== 'moby-4-8').map(({ audit }) => audit);
  const sentences = [48, 96, 144].map((lag) => {
    const rho = comparePredictors(beyond, 'cooldown probe', 'loss at k', lag);
    const regret = compareRules(beyond, rule({ rule: 'cooldown', lag }), rule({ rule: 'lossAtLag', lag }));
    const verdict = { '+': 'ahead', '-': 'behind', '0': 'not surely ahead' }[signOf(rho.differences)];
    return `at ${lag} steps (${percent(lag / audits[0]!.horizon)} of the run) it is ${verdict} in rank correlation (${rho.text}, higher in ${rho.wins} of ${rho.differences.length}); regret ${regret.text}`;
  });
  return `**Does the cooldown probe stay ahead of the plain loss beyond the demo?** On the settings other than the demo's: ${sentences.join('; ')}.`;
}

function safeStepAnswer(all: readonly AuditOf[]): string {
  const audits = all.map(({ audit }) => audit);
  const { horizon } = audits[0]!;
  const steps = [...groupBy(all, ({ setting }) => setting)].map(([setting, group]) => {
    const own = group.map(({ audit }) => audit);
    const tolerance = 2 * noiseOf(own).floor;
    const safe = own.map((audit) => smallestSafeStep(audit, tolerance));
    const largest = safe.includes(null) ? null : Math.max(...present(safe));
    return `${titleOf(setting)}: ${largest === null ? 'none before the end in some seed' : `${percent(largest / horizon)}`}`;
  });
  const plain = [0, ...GRID].map((step) => ({
    step,
    rho: step === 0 ? meanAt(audits, 'initial loss', 0) : meanAt(audits, 'loss at k', step),
  }));
  const jumps = plain
    .slice(1)
    .map(({ step, rho }, index) => ({ step, jump: rho - plain[index]!.rho }))
    .sort((a, b) => b.jump - a.jump);
  const drops = jumps.filter(({ jump }) => jump < 0).length;
  return `**What is the smallest safe k, and is there a phase change?** From these shares of the final run on, every later pick by the plain loss was within twice the noise of the best in every seed: ${steps.join('; ')}. No clean phase change: over the grid the mean correlation goes from ${plain[0]!.rho.toFixed(2)} at the start to ${plain.at(-1)!.rho.toFixed(2)} at ${percent(plain.at(-1)!.step / horizon)}, falls between neighbouring steps ${drops} times of ${jumps.length}, and its largest single rise is ${jumps[0]!.jump.toFixed(2)}, at step ${jumps[0]!.step}.`;
}

function racingAnswer(audits: readonly RecordedAudit[]): string {
  const outcomes = ruleOutcomes(audits).map(({ label, regrets, costs }) => ({
    label,
    regret: meanOf(regrets).mean,
    cost: meanOf(costs).mean,
    regrets,
  }));
  const cooldown = outcomes.find(({ label }) => label === 'cooldown 96')!;
  const cheaper = outcomes
    .filter(({ cost }) => cost < cooldown.cost)
    .sort((a, b) => a.regret - b.regret)
    .slice(0, 2);
  return `**Does racing pay?** The cooldown probe of 96 steps costs ${percent(cooldown.cost)} and gives up ${written(cooldown.regrets, 4)} nats. Of the cheaper rules the best were ${cheaper.map(({ label, cost, regrets }) => `\`${label}\` (${percent(cost)}, ${written(regrets, 4)})`).join(' and ')}.`;
}

function stackingAnswers(stackings: readonly RecordedStacking[]): string[] {
  return [...bySetting(stackings)].map(([setting, group]) => {
    const outcomes = policyOutcomes(group, 'always stack');
    const fixed = outcomes.filter(({ name }) => name.startsWith('always '))[0]!;
    const against = (name: string): string => {
      const own = policyOutcomes(group, fixed.name).find((outcome) => outcome.name === name);
      if (!own) return '';
      const verdict = { '+': 'above', '-': 'below', '0': 'not told from' }[signOf(own.differences)];
      return `${written(own.differences, 3)} (${verdict} it; lower in ${own.differences.filter((value) => value < 0).length} of ${own.differences.length})`;
    };
    const search = outcomes.find(({ name }) => name.startsWith('lag (search charged'))?.searchShare ?? 0;
    return `**When does adaptive stacking beat the best fixed policy?** On ${stackingTitle(setting)}, ${seeds(group.length)}, the best fixed policy by its mean is ${fixed.name}. With its search for free, adaptive stacking ends ${against('lag (search free)')}; with the search paid for, which takes ${percent(search)} of the budget, ${against('lag (search charged)')}. The search is a fixed number of steps a candidate, so its share shrinks as runs grow longer.${caution(group.length)}`;
  });
}

function growingTimeAnswers(stackings: readonly RecordedStacking[]): string[] {
  return [...bySetting(stackings)].map(([setting, group]) => {
    const outcomes = policyOutcomes(group, 'always stack');
    const once = outcomes.filter(({ name }) => /at \d+%/.test(name));
    const best = once[0]!;
    const staged = outcomes.find(({ name }) => name.startsWith('always '))!;
    const paired = policyOutcomes(group, staged.name).find(({ name }) => name === best.name)!;
    return `**Which growing time is best at equal FLOPs?** On ${stackingTitle(setting)}: ${once.map(({ name, losses }) => `${name} ${written(losses, 3)}`).join(', ')}; from scratch ${written(outcomes.find(({ name }) => name === 'scratch')?.losses ?? [], 3)}. One late expansion ends ${written(paired.differences, 3)} against the best growth in stages (${staged.name}): the small model takes most of its steps at a quarter of the price, and the deep one needs few to catch up.${caution(group.length)}`;
  });
}

function defaultsAnswer(audits: readonly RecordedAudit[]): string {
  const at = (lag: number): string => {
    const outcome = ruleOutcomes(audits).find(({ label }) => label === `cooldown ${lag}`)!;
    return written(outcome.regrets, 4);
  };
  return `**What follows for the defaults?** The default rule stays the cooldown probe at a fifth of the final run (\`cooldown\`, lag 200 of 1000): at a tenth it gives up ${at(48)} nats, at a fifth ${at(96)}, at three tenths ${at(144)}. Where steps are dear, \`successiveHalving\` with rungs at 5, 10, 20 and 40 % is the rule to set. Stacking studies charge their search by default, because leaving it out would hide what it costs.`;
}

export function failures(all: readonly AuditOf[], stackings: readonly RecordedStacking[]): string {
  const lag = rule({ rule: 'cooldown', lag: 96 });
  const initial = rule({ rule: 'initialLoss' });
  const lost = [...groupBy(all, ({ setting }) => setting)].flatMap(([setting, group]) => {
    const { floor } = noiseOf(group.map(({ audit }) => audit));
    return group.flatMap(({ audit }) => {
      const [byLag, byInitial] = replayAudit(audit, [lag, initial]).rows;
      const curves = finalCurves(audit);
      const best = curves
        .map((curve) => ({ name: curve.strategy, final: finalValueOf(curve, 'loss', audit.horizon) }))
        .filter(({ final }) => final !== null)
        .sort((a, b) => a.final! - b.final!)[0]!;
      const isWorse = (byInitial?.regret ?? 0) < (byLag?.regret ?? 0);
      if ((byLag?.regret ?? 0) <= 2 * floor && !isWorse) return [];
      return [
        `- ${titleOf(setting)}, seed ${audit.seed}: the cooldown probe of 96 steps picks ${byLag!.strategy}, ${byLag!.regret!.toFixed(4)} above ${best.name} (noise ${floor.toFixed(4)})${isWorse ? `; initial loss would have done better on average (${byInitial!.regret!.toFixed(4)})` : ''}.`,
      ];
    });
  });
  const worse = [...bySetting(stackings)].flatMap(([setting, group]) => {
    const charged = policyOutcomes(group, 'always stack').find(({ name }) => name === 'lag (search charged)');
    return charged && signOf(charged.differences) === '+'
      ? [
          `- ${stackingTitle(setting)}: adaptive stacking that pays for its search ends ${written(charged.differences, 3)} above always stacking.`,
        ]
      : [];
  });
  const audits = all.map(({ audit }) => audit);
  const early = rule({ rule: 'cooldown', lag: 48 });
  const against = compareRules(audits, early, initial);
  const picks = audits.map((audit) => replayAudit(audit, [early]).rows[0]!.strategy);
  const favourite = [...groupBy(picks, (name) => name)].sort((x, y) => y[1].length - x[1].length)[0]!;
  const verdict = { '+': 'worse than', '-': 'better than', '0': 'no better than' }[
    signOf(against.differences)
  ];
  return [
    lost.length > 0
      ? `Audits in which the default rule gave up more than twice the noise, or did worse than initial loss:\n\n${lost.join('\n')}`
      : 'In no audit did the default rule give up more than twice the noise, or do worse than initial loss.',
    `A probe that is too short is ${verdict} no probe at all: at 48 steps, a tenth of the run, choosing by it changes the regret of initial loss by ${against.text} nats (lower in ${against.wins} of ${against.differences.length}). Its favourite is \`${favourite[0]}\` (${favourite[1].length} of ${picks.length}).`,
    ...worse,
  ].join('\n\n');
}
