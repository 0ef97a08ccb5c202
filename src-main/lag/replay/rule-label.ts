/** A decision rule with its settings in a few words, unique among rules that differ in what they decide by. */
import { type DecisionRule, fitStartOf, looksOf, metricOf, rungsOf } from '../../contract/decision.ts';
import { LOSS_METRIC } from '../../contract/recorded-audit.ts';

/** `lossAtLag 200`, `successiveHalving 50·100·200 /2`, `confidenceRace 50..400 by 50 ±0.002`. */
export function ruleLabel(rule: DecisionRule): string {
  const metric = metricOf(rule) === LOSS_METRIC ? '' : ` on ${metricOf(rule)}`;
  return `${rule.rule}${settingsOf(rule)}${metric}`;
}

function settingsOf(rule: DecisionRule): string {
  switch (rule.rule) {
    case 'initialLoss':
      return '';
    case 'windowMean':
      return ` ${rule.lag} window ${rule.window}`;
    case 'extrapolation':
      return ` ${rule.lag} from ${fitStartOf(rule)}`;
    case 'successiveHalving':
      return ` ${rungsOf(rule).join('·')} /${rule.eta}`;
    case 'hyperband':
      return ` ${rule.minLag === undefined ? '' : `${rule.minLag}..`}${rule.maxLag} /${rule.eta}`;
    case 'confidenceRace':
      return ` ${looksOf(rule)[0]}..${rule.maxLag} by ${rule.every} ±${rule.tolerance}`;
    case 'automaticLag':
      return ` ${looksOf(rule)[0]}..${rule.maxLag} by ${rule.every} ρ≥${rule.threshold} ×${rule.stable}`;
    default:
      return ` ${rule.lag}`;
  }
}
