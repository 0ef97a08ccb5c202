/** What the service knows that a design needs: presets, pools, and the vocabulary of the corpus. */
import { computed, type Ref, shallowRef, watch } from 'vue';
import type { GrowingStrategy } from '../../src-main/contract/strategy.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import type { CorpusFacts, StrategyLibrary } from '../../src-main/contract/window/designer.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';

const library = shallowRef<StrategyLibrary | null>(null);
const presets = computed<ReadonlyMap<string, GrowingStrategy>>(
  () => new Map((library.value?.strategies ?? []).map((strategy) => [strategy.name, strategy])),
);

/** Presets and pools that come with the program; null and empty until they have arrived. */
export function useStrategyLibrary() {
  const failure = shallowRef<ErrorWords | null>(null);
  async function load(): Promise<void> {
    try {
      library.value ??= await service.designer.library();
    } catch (error) {
      failure.value = errorInWords(error);
    }
  }
  void load();
  return { library, presets, failure };
}

/** @param spec the study as it is, null before it can be read */
export function useLibrary(spec: Readonly<Ref<AnyStudySpec | null>>) {
  const { library, presets, failure } = useStrategyLibrary();
  const corpus = shallowRef<CorpusFacts | null>(null);

  let asked = 0;
  watch(
    () => spec.value && JSON.stringify([spec.value.data, spec.value.model.context]),
    async () => {
      if (!spec.value) return;
      const own = ++asked;
      const { data, model } = spec.value;
      try {
        const facts = await service.designer.corpus({ data, context: model.context });
        if (own !== asked) return;
        corpus.value = facts;
        failure.value = null;
      } catch (error) {
        if (own === asked) failure.value = errorInWords(error);
      }
    },
    { immediate: true },
  );

  return { library, presets, corpus, failure };
}
