/** Tables over the stacking studies: policies at equal FLOPs, the growing time, and what was chosen. */
import type { RecordedPolicy, RecordedStacking } from './recorded.ts';
import { STACKINGS } from './settings.ts';
import { groupBy, meanOf, percent, table, written } from './statistics.ts';

export const titleOf = (setting: string): string =>
  STACKINGS.find(({ key }) => key === setting)?.title ?? setting;

export interface PolicyOutcome {
  readonly name: string;
  readonly losses: readonly number[];
  /** Against `reference` of the same seed. */
  readonly differences: readonly number[];
  readonly searchShare: number;
}

export function policyOutcomes(studies: readonly RecordedStacking[], reference: string): PolicyOutcome[] {
  const names = [...new Set(studies.flatMap(({ policies }) => policies.map(({ name }) => name)))];
  const policyIn = (study: RecordedStacking, name: string): RecordedPolicy | undefined =>
    study.policies.find((policy) => policy.name === name);
  return names
    .map((name) => {
      const pairs = studies.flatMap((study) => {
        const policy = policyIn(study, name);
        const other = policyIn(study, reference)?.finalLoss ?? null;
        return policy === undefined || policy.finalLoss === null || other === null
          ? []
          : [{ loss: policy.finalLoss, difference: policy.finalLoss - other }];
      });
      const first = policyIn(studies[0]!, name);
      return {
        name,
        losses: pairs.map(({ loss }) => loss),
        differences: pairs.map(({ difference }) => difference),
        searchShare: (first?.searchFlops ?? 0) / studies[0]!.budgetFlops,
      };
    })
    .filter(({ losses }) => losses.length > 0)
    .sort((a, b) => meanOf(a.losses).mean - meanOf(b.losses).mean);
}

/** Policies by mean final loss, each against the same fixed policy of the same seed. */
export function policyTable(studies: readonly RecordedStacking[], reference = 'always stack'): string {
  return table(
    ['policy', 'final loss', `minus ${reference}`, 'better in', 'search, share of the budget'],
    policyOutcomes(studies, reference).map(({ name, losses, differences, searchShare }) => [
      name,
      written(losses, 3),
      name === reference ? '0' : written(differences, 3),
      name === reference
        ? ''
        : `${differences.filter((difference) => difference < 0).length} of ${differences.length}`,
      searchShare > 0 ? percent(searchShare) : '',
    ]),
  );
}

/** What the adaptive policy chose at each growing point, by seed, and what initial loss would have picked. */
export function choiceTable(studies: readonly RecordedStacking[]): string {
  const rows = studies.flatMap(({ setting, seed, policies }) => {
    const lag = policies.find(({ policy }) => policy === 'lag');
    return (lag?.growingPoints ?? []).map((point) => [
      titleOf(setting),
      String(seed),
      `${point.fromLayers} → ${point.toLayers}`,
      point.strategy ?? '–',
      point.tie.filter((name) => name !== point.strategy).join(', ') || 'nothing',
      point.initialLossPicks.join(', '),
    ]);
  });
  return table(
    ['setting', 'seed', 'growth', 'chosen', 'tied with it', 'initial loss would have picked'],
    rows,
  );
}

export const bySetting = (studies: readonly RecordedStacking[]): Map<string, RecordedStacking[]> =>
  groupBy(studies, ({ setting }) => setting);
