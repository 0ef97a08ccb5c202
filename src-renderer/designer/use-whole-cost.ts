/**
 * What the whole study costs: the schedule as drawn, and what is not drawn, as the service counts it: evaluations, the
 * other runs of an audit, other policies. Until the service has answered for an edit, what it said last is added.
 */
import { computed, type Ref, shallowRef, watch } from 'vue';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { useEstimate } from '../setup/use-estimate.ts';
import type { Schedule } from './stage-schedule.ts';

export interface WholeCost {
  readonly flops: number;
  /** Of it, what the schedule does not draw; below 0 where a search that counts shortens the last stage. */
  readonly rest: number;
}

export function useWholeCost(
  text: Readonly<Ref<string>>,
  spec: Readonly<Ref<AnyStudySpec | null>>,
  schedule: Readonly<Ref<Schedule | null>>,
): Readonly<Ref<WholeCost | null>> {
  const { costs } = useEstimate(text, spec, false);
  const rest = shallowRef<number | null>(null);
  // Either can come first: the schedule waits for the vocabulary of the corpus.
  watch([costs, () => schedule.value !== null] as const, ([now]) => {
    rest.value = now && schedule.value ? now.own.flops - schedule.value.flops : null;
  });
  return computed(() =>
    schedule.value && rest.value !== null
      ? { flops: schedule.value.flops + rest.value, rest: rest.value }
      : null,
  );
}
