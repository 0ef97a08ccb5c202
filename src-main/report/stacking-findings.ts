/** What a stacking study found, in sentences. Shared by report and terminal. Not escaped. */
import type { PolicyAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import { mixedDevices } from './mixed-devices.ts';
import { formatCount, formatFlops, formatLoss, formatShare, joinNames } from './number-format.ts';
import { choosingPoints, inFinalOrder } from './stacking-looks.ts';

/** Answer first; each a sentence or two. */
export function stackingFindings(analysis: StackingAnalysis): string[] {
  return [
    stackingAnswer(analysis),
    ...againstFixed(analysis),
    ...choices(analysis),
    budget(analysis),
    mixedDevices(analysis),
    ...lostPolicies(analysis),
  ].filter((text) => text !== null);
}

/** What the study asks. */
export function stackingQuestion({ stages, policies, budgetFlops }: StackingAnalysis): string {
  const depths = stages.map(({ layers }) => layers).join(' to ');
  const count = policies.length;
  return count === 1
    ? `How does one policy grow ${depths} layers with ${formatFlops(budgetFlops)} of training?`
    : `Which of ${count} policies trains the best model of ${stages.at(-1)?.layers ?? 0} layers, growing ${depths}, when each may spend ${formatFlops(budgetFlops)}?`;
}

/** What this study cannot tell. */
export function stackingLimits({ seed, policies }: StackingAnalysis): string {
  const noise = policies.some(({ margin }) => margin !== null)
    ? 'Intervals cover the sampling of validation text only, not the order of training batches and not the seed: another seed may order the policies differently.'
    : 'The noise of these losses was not measured.';
  return `One study: one corpus, one recipe, one seed (${seed}). ${noise}`;
}

const ended = ({ policies }: StackingAnalysis): PolicyAnalysis[] =>
  inFinalOrder(policies).filter(({ finalLoss }) => finalLoss !== null);

const isWithinNoise = ({ margin }: PolicyAnalysis): boolean => margin !== null && margin.low <= 0;

export function stackingAnswer(analysis: StackingAnalysis): string {
  const { state, policies, reason } = analysis;
  const [best, ...others] = ended(analysis);
  if (!best) {
    if (state === 'finished') return 'No policy came to its end.';
    if (state === 'planned') return 'The study has not started.';
    const because = reason === null ? '' : `: ${reason.replace(/[.\s]+$/, '')}`;
    const how = state === 'running' ? '' : ` The study is ${state}${because}.`;
    return `No policy has come to its end yet.${how}`;
  }
  const missing = policies.length - 1 - others.length;
  const first = `${best.name} ends lowest, at ${formatLoss(best.finalLoss)}`;
  if (policies.length === 1) return `${best.name} ends at ${formatLoss(best.finalLoss)}.`;
  const among =
    missing > 0 ? ` among the ${others.length + 1} of ${policies.length} policies that have ended` : '';
  const tied = others.filter(isWithinNoise).map(({ name }) => name);
  if (tied.length > 0)
    return `${first}${among}, but it is tied with ${joinNames(tied)}: the interval of the difference contains 0.`;
  const [second] = others;
  if (!second) return `${first}${among}.`;
  const lead = `${first}${among}, ${formatLoss(second.finalLoss! - best.finalLoss!)} ahead of ${second.name}`;
  return second.margin ? `${lead}, more than the noise of the validation batches.` : `${lead}.`;
}

/** Each policy that chooses by the lag against the best that always does the same. */
function againstFixed(analysis: StackingAnalysis): string[] {
  const all = ended(analysis);
  const fixed = all.find(({ policy }) => policy === 'fixed');
  return all
    .filter(({ policy }) => policy === 'lag')
    .map((adaptive) => {
      const paid = searchInWords(adaptive, analysis.budgetFlops);
      if (!fixed) return `${adaptive.name} ends at ${formatLoss(adaptive.finalLoss)}, ${paid}.`;
      const difference = adaptive.finalLoss! - fixed.finalLoss!;
      const distance = formatLoss(Math.abs(difference));
      const against =
        Number(distance) === 0
          ? `level with the best fixed policy, ${fixed.name}`
          : `${distance} ${difference < 0 ? 'below' : 'above'} the best fixed policy, ${fixed.name}`;
      const width = noiseWidth(adaptive, fixed);
      const noise =
        width !== null && Math.abs(difference) <= width && Number(distance) > 0
          ? `; differences between these policies carry about ±${formatLoss(width)} of noise, so this one is too small to count`
          : '';
      return `${adaptive.name} ends ${against}, ${paid}${noise}.`;
    });
}

function searchInWords({ search, searchFlops }: PolicyAnalysis, budgetFlops: number): string {
  const share = formatShare(searchFlops / budgetFlops);
  if (search === null || searchFlops === 0) return 'without any search';
  return search === 'charged'
    ? `with its search paid out of the same budget (${share} of it)`
    : `with its search on top of the budget (${share} more)`;
}

/** Half the width of the interval that either has to the best policy: how finely such differences are measured. */
function noiseWidth(a: PolicyAnalysis, b: PolicyAnalysis): number | null {
  const widths = [a, b].flatMap(({ margin }) => (margin ? [(margin.high - margin.low) / 2] : []));
  return widths.length === 0 ? null : Math.max(...widths);
}

function choices(analysis: StackingAnalysis): string[] {
  return choosingPoints(analysis).flatMap(({ policies, point }) => {
    const { decision, fromLayers, toLayers } = point;
    if (!decision) return [];
    const others = decision.tie.filter((name) => name !== decision.strategy);
    const names = joinNames(policies.map(({ name }) => name));
    const tied = others.length > 0 ? `, tied with ${joinNames(others)}` : '';
    return [
      `${names}, ${fromLayers} to ${toLayers} layers: ${decision.strategy}${tied}; ${initialInWords(decision.strategy, decision.initialLossPicks)}.`,
    ];
  });
}

/** What initial loss would have picked, beside the choice. */
export function initialInWords(strategy: string, picks: readonly string[]): string {
  if (picks.length === 0) return 'no initial loss was measured';
  if (!picks.includes(strategy))
    return `initial loss would have picked ${joinNames(picks, 4).replace(/ and (?=[^ ]*$)/, ' or ')}`;
  return picks.length === 1
    ? 'initial loss would have picked it too'
    : `initial loss could not tell it from ${joinNames(picks.filter((name) => name !== strategy))}`;
}

function budget({ largestBudgetError, policies }: StackingAnalysis): string | null {
  const endedCount = policies.filter(({ finalLoss }) => finalLoss !== null).length;
  if (largestBudgetError === null || endedCount < 2) return null;
  const free = policies.some(({ search, searchFlops }) => search === 'free' && searchFlops > 0)
    ? '; searches marked free come on top'
    : '';
  return `Every policy that ended spent the same training compute, to within ${formatShareOfPercent(largestBudgetError)}${free}.`;
}

/** Small shares with two digits: `0.12 %`. */
function formatShareOfPercent(share: number): string {
  return share === 0 ? '0\u202F%' : `${Number((100 * share).toPrecision(2))}\u202F%`;
}

function lostPolicies({ policies, state }: StackingAnalysis): string[] {
  return policies
    .filter(
      (policy) =>
        policy.finalLoss === null &&
        (state === 'finished' || policy.state === 'diverged' || policy.state === 'failed'),
    )
    .map(({ name, state: how, reason, stages }) => {
      const steps = stages.reduce((sum, stage) => sum + stage.steps, 0);
      return `${name} did not come to its end (${how} after ${formatCount(steps)} steps): ${(reason ?? 'no reason recorded').replace(/\.$/, '')}.`;
    });
}
