/** What a stacking study found, in sentences. Shared by report and terminal. */
import type { PolicyAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import { formatLoss, formatShare } from './number-format.ts';

/** Answer first; each a sentence or two. */
export function stackingFindings(analysis: StackingAnalysis): string[] {
  return [
    answer(analysis),
    adaptiveAgainstFixed(analysis),
    ...choices(analysis),
    budget(analysis),
    ...lostPolicies(analysis),
  ].filter((text) => text !== null);
}

const ended = ({ policies }: StackingAnalysis): PolicyAnalysis[] =>
  policies.filter(({ finalLoss }) => finalLoss !== null).sort((a, b) => a.finalLoss! - b.finalLoss!);

const isWithinNoise = ({ margin }: PolicyAnalysis): boolean => margin !== null && margin.low <= 0;

function answer(analysis: StackingAnalysis): string {
  const [best, ...others] = ended(analysis);
  if (!best) return 'No policy has come to its end yet.';
  const unfinished = analysis.policies.length - 1 - others.length;
  const first = `${best.name} ends lowest, at ${formatLoss(best.finalLoss)}`;
  const more = unfinished > 0 ? ` among the ${others.length + 1} policies that have ended` : '';
  const tied = others.filter(isWithinNoise).map(({ name }) => name);
  return `${first}${more}.${tied.length > 0 ? ` Within the noise of the validation batches: ${tied.join(', ')}.` : ''}`;
}

function adaptiveAgainstFixed(analysis: StackingAnalysis): string | null {
  const all = ended(analysis);
  const fixed = all.find(({ policy }) => policy === 'fixed');
  const sentences = all
    .filter(({ policy }) => policy === 'lag')
    .map((adaptive) => {
      const paid =
        adaptive.search === 'charged'
          ? `its search paid out of the same budget (${formatShare(adaptive.searchFlops / analysis.budgetFlops)} of it)`
          : `its search on top (${formatShare(adaptive.searchFlops / analysis.budgetFlops)} of the budget more)`;
      if (!fixed) return `${adaptive.name}: ${formatLoss(adaptive.finalLoss)}, ${paid}.`;
      const difference = adaptive.finalLoss! - fixed.finalLoss!;
      const word = difference < 0 ? 'below' : 'above';
      return `${adaptive.name} ends ${formatLoss(Math.abs(difference))} ${word} the best fixed policy, ${fixed.name}, with ${paid}.`;
    });
  return sentences.length > 0 ? sentences.join(' ') : null;
}

function choices({ policies }: StackingAnalysis): string[] {
  return policies.flatMap((policy) =>
    policy.growingPoints.flatMap(({ decision, fromLayers, toLayers }) => {
      if (!decision) return [];
      const others = decision.tie.filter((name) => name !== decision.strategy);
      const initial = decision.initialLossPicks.includes(decision.strategy)
        ? 'initial loss would have allowed it too'
        : `initial loss would have picked ${decision.initialLossPicks.join(' or ')}`;
      return [
        `${policy.name}, ${fromLayers} to ${toLayers} layers: ${decision.strategy}${others.length > 0 ? `, tied with ${others.join(', ')}` : ''}; ${initial}.`,
      ];
    }),
  );
}

function budget({ largestBudgetError, policies }: StackingAnalysis): string | null {
  if (largestBudgetError === null || policies.length < 2) return null;
  return `Every policy that ended spent the same training compute, to within ${(100 * largestBudgetError).toPrecision(2)} %; searches marked free come on top.`;
}

function lostPolicies({ policies, state }: StackingAnalysis): string[] {
  if (state !== 'finished') return [];
  return policies
    .filter(({ finalLoss }) => finalLoss === null)
    .map(
      ({ name, state: how, reason }) =>
        `${name} did not come to its end (${how}): ${reason ?? 'no reason recorded'}.`,
    );
}
