/** The stored landscape of a study, the job that measures it, and the way to begin one. */
import { computed, shallowRef, watch } from 'vue';
import { LANDSCAPE_ANALYSES } from '../../src-main/contract/landscape.ts';
import type { StudyState } from '../../src-main/contract/records.ts';
import type { DynamicsLandscape } from '../../src-main/contract/window/dynamics.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { jobs } from '../queue/use-jobs.ts';

export function useLandscape(studyId: string, state: () => StudyState | null) {
  const landscape = shallowRef<DynamicsLandscape | null>(null);
  const failure = shallowRef<ErrorWords | null>(null);

  async function attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      failure.value = null;
    } catch (error) {
      failure.value = errorInWords(error);
    }
  }
  const read = (): Promise<void> =>
    attempt(async () => {
      landscape.value = await service.dynamics.landscape({ studyId });
    });
  const measure = (): Promise<void> =>
    attempt(async () => {
      await service.jobs.measureLandscape({ studyId });
    });

  const last = computed(() =>
    jobs.value?.findLast((job) => job.studyId === studyId && job.work === 'landscape'),
  );
  /** What measures now, or waits to. */
  const job = computed(() => (last.value?.state === 'finished' ? null : (last.value ?? null)));
  // What is measured appears at once when all of it is there: panels that grew one by one would move under the reader.
  watch([() => last.value?.state, state], () => void read(), { immediate: true });

  const isPartial = computed(() => {
    const analysis = landscape.value?.analysis;
    return !!analysis && LANDSCAPE_ANALYSES.some((name) => analysis[name].length === 0);
  });
  return { landscape, failure, read, measure, job, isPartial };
}
