/**
 * Initial losses of the strategies shown, measured by the service one after the other, the selected one first. A
 * pause in editing starts it; what an edit made outdated is cancelled.
 */
import { computed, type InjectionKey, inject, onScopeDispose, shallowReactive, shallowRef, watch } from 'vue';
import type { Growth, GrowthMeasurement } from '../../src-main/contract/window/designer.ts';
import { forwardFlopsPerToken } from '../../src-main/model/flops.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import type { PoolCard } from './pool-cards.ts';
import type { Designer } from './use-designer.ts';

/** Milliseconds without an edit before measuring. */
const PAUSE = 250;
/** FLOPs of one measurement that may be spent without being asked: some seconds of one core. */
const FREE_FLOPS = 2e11;

export interface CardMeasurement {
  readonly value: GrowthMeasurement | null;
  readonly isMeasuring: boolean;
  /** Large models are measured when asked for. */
  readonly isLarge: boolean;
  readonly failure: ErrorWords | null;
  /** What the strategy of this name had before. */
  readonly before: GrowthMeasurement | null;
}

const NOTHING: CardMeasurement = {
  value: null,
  isMeasuring: false,
  isLarge: false,
  failure: null,
  before: null,
};

export function makeMeasurements(designer: Designer) {
  const { spec, point, cards, card, source } = designer;
  const values = shallowReactive(new Map<string, GrowthMeasurement>());
  const failures = shallowReactive(new Map<string, ErrorWords>());
  const before = new Map<string, GrowthMeasurement>();
  const running = shallowRef<{ key: string; controller: AbortController } | null>(null);
  const asked = shallowReactive(new Set<string>());

  function growthOf({ strategy, problem }: PoolCard): Growth | null {
    const study = spec.value;
    if (!study || !strategy || problem) return null;
    const { data, model, seed, evaluation } = study;
    return {
      data,
      model,
      seed,
      source: study.mode === 'stacking' ? null : study.source,
      sourceLayers: point.value.from,
      targetLayers: point.value.to,
      strategy,
      batches: evaluation.batches,
      batchSize: evaluation.batchSize,
    };
  }

  /** Equal for growths that measure alike: names do not matter. */
  function keyOf(one: PoolCard): string | null {
    const growth = growthOf(one);
    if (!growth) return null;
    const { data, model, seed, source: sourceSpec, sourceLayers, targetLayers, batches, batchSize } = growth;
    return JSON.stringify([
      one.planText,
      data,
      model,
      seed,
      sourceSpec,
      sourceLayers,
      targetLayers,
      batches,
      batchSize,
    ]);
  }

  const isLarge = computed(() => {
    const study = spec.value;
    if (!study || !source.value) return true;
    const tokens = Math.min(40, study.evaluation.batches) * study.evaluation.batchSize * study.model.context;
    return tokens * forwardFlopsPerToken({ ...source.value, layers: point.value.to }) > FREE_FLOPS;
  });

  const wanted = computed(() => {
    const found = new Map<string, Growth>();
    const ordered = card.value ? [card.value, ...cards.value] : cards.value;
    for (const one of ordered) {
      const key = keyOf(one);
      const growth = key === null ? null : growthOf(one);
      if (key !== null && growth && (!isLarge.value || asked.has(key))) found.set(key, growth);
    }
    return found;
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  async function run(): Promise<void> {
    if (running.value) return;
    for (;;) {
      const next = [...wanted.value].find(([key]) => !values.has(key) && !failures.has(key));
      if (!next || isOver) return;
      const [key, growth] = next;
      const controller = new AbortController();
      running.value = { key, controller };
      try {
        values.set(key, await service.designer.measure(growth, { signal: controller.signal }));
      } catch (error) {
        if (!controller.signal.aborted) failures.set(key, errorInWords(error));
      }
      running.value = null;
      if (controller.signal.aborted) return;
    }
  }
  function start(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), PAUSE);
  }
  watch(
    wanted,
    (now) => {
      if (running.value && !now.has(running.value.key)) running.value.controller.abort();
      start();
    },
    { immediate: true },
  );
  watch(running, (now) => now === null && start());
  onScopeDispose(() => {
    isOver = true;
    clearTimeout(timer);
    running.value?.controller.abort();
  });

  function of(one: PoolCard): CardMeasurement {
    const key = keyOf(one);
    if (key === null) return NOTHING;
    const value = values.get(key) ?? null;
    const earlier = before.get(one.name) ?? null;
    if (value) before.set(one.name, value);
    return {
      value,
      isMeasuring: value === null && !failures.has(key) && (!isLarge.value || asked.has(key)),
      isLarge: isLarge.value && !asked.has(key),
      failure: failures.get(key) ?? null,
      before: value ? null : earlier,
    };
  }

  const sourceMeasured = computed(() => {
    for (const one of cards.value) {
      const key = keyOf(one);
      const value = key === null ? undefined : values.get(key);
      if (value) return value;
    }
    return null;
  });

  function ask(one: PoolCard): void {
    const key = keyOf(one);
    if (key === null) return;
    failures.delete(key);
    asked.add(key);
  }

  return { of, ask, sourceMeasured };
}

export type Measurements = ReturnType<typeof makeMeasurements>;
export const MEASUREMENTS: InjectionKey<Measurements> = Symbol('measurements');

export function useMeasurements(): Measurements {
  const measurements = inject(MEASUREMENTS);
  if (!measurements) throw new Error('there are no measurements around this component');
  return measurements;
}
