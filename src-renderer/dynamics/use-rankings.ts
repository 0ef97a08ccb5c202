/** Rankings by the study's own comparison, read step by step and kept: the lag cursor moves faster than they come. */
import { shallowRef, watch } from 'vue';
import type {
  DynamicsSiteInput,
  ScheduleKind,
  StepRanking,
} from '../../src-main/contract/window/dynamics.ts';
import { service } from '../connection/client.ts';
import type { DynamicsData } from './dynamics-data.ts';

/** Comparisons that are read ahead of the cursor, candidates times steps. */
const MOST_AHEAD = 3000;
/** Steps of one question. */
const CHUNK = 12;

export function useRankings(
  site: DynamicsSiteInput,
  data: () => DynamicsData | null,
  terms: () => {
    readonly schedule: ScheduleKind;
    readonly metric: string;
    readonly lag: number;
    readonly others: readonly number[];
  },
  fail: (error: unknown) => void,
) {
  const known = shallowRef<ReadonlyMap<string, StepRanking>>(new Map());
  const asked = new Set<string>();
  let isAsking = false;

  const keyOf = (step: number): string => `${terms().schedule} ${terms().metric} ${step}`;
  const rankingAt = (step: number): StepRanking | null => known.value.get(keyOf(step)) ?? null;

  /** Steps not asked for yet: the lag first, then those the other charts need, then the rest while it is cheap. */
  function wanted(): number[] {
    const now = data();
    if (!now) return [];
    const { schedule, lag, metric } = terms();
    if (metric !== 'loss' && !now.overview.metrics.includes(metric)) return [];
    const steps = now.rankable[schedule];
    if (steps.length === 0) return [];
    const cheap = steps.length * now.overview.candidates.length <= MOST_AHEAD;
    const half = steps.reduce(
      (near, step) => (Math.abs(step - lag / 2) < Math.abs(near - lag / 2) ? step : near),
      0,
    );
    const order = [lag, 0, half, ...terms().others, steps.at(-1)!, ...(cheap ? steps : [])];
    return [...new Set(order)].filter((step) => steps.includes(step) && !asked.has(keyOf(step)));
  }

  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    try {
      for (let steps = wanted(); steps.length > 0; steps = wanted()) {
        const { schedule, metric } = terms();
        // The step under the cursor comes alone, so that nothing is waited for.
        const chunk = known.value.has(keyOf(terms().lag)) ? steps.slice(0, CHUNK) : steps.slice(0, 1);
        const keys = chunk.map(keyOf);
        for (const key of keys) asked.add(key);
        const found = await service.dynamics.rankings({ ...site, schedule, metric, steps: chunk });
        const next = new Map(known.value);
        for (const [index, ranking] of found.entries()) if (ranking) next.set(keys[index]!, ranking);
        known.value = next;
      }
    } catch (error) {
      // Places by value stay; the next change of the cursor asks again.
      asked.clear();
      fail(error);
    }
    isAsking = false;
  }

  watch(() => [data(), terms()], ask, { immediate: true });
  // What was compared while runs went on is compared again once the study is over.
  watch(
    () => data()?.overview.state,
    (now, before) => {
      if (now !== 'finished' || before === undefined) return;
      asked.clear();
      void ask();
    },
  );
  return { rankingAt };
}
