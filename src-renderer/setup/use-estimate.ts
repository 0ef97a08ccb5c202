/** What the study will cost, asked again a moment after each edit. */
import { type Ref, ref, shallowRef, watch } from 'vue';
import { parseDocument } from 'yaml';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import type { JobEstimate } from '../../src-main/contract/window/jobs.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';

const WAIT = 300;

export interface StudyCosts {
  /** As the file says. */
  readonly own: JobEstimate;
  /** The same study with every candidate trained to the end; null for stacking studies, or where not asked for. */
  readonly all: JobEstimate | null;
}

/** @param isCompared whether the cost of training every candidate to the end is asked too */
export function useEstimate(
  text: Readonly<Ref<string>>,
  spec: Readonly<Ref<AnyStudySpec | null>>,
  isCompared = true,
) {
  const costs = shallowRef<StudyCosts | null>(null);
  const isAsking = ref(false);
  const failure = shallowRef<ErrorWords | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  async function ask(): Promise<void> {
    const mine = ++asked;
    const { value: study } = spec;
    if (!study) {
      costs.value = null;
      isAsking.value = false;
      return;
    }
    try {
      const own = await service.jobs.estimate({ text: text.value });
      const all =
        study.mode === 'stacking' || !isCompared
          ? null
          : study.mode === 'audit'
            ? own
            : await service.jobs.estimate({ text: asAudit(text.value) });
      if (mine !== asked) return;
      costs.value = { own, all };
      failure.value = null;
    } catch (error) {
      if (mine !== asked) return;
      costs.value = null;
      failure.value = errorInWords(error);
    }
    isAsking.value = false;
  }

  watch(
    text,
    () => {
      clearTimeout(timer);
      isAsking.value = true;
      timer = setTimeout(() => void ask(), WAIT);
    },
    { immediate: true },
  );
  return { costs, isAsking, failure };
}

function asAudit(text: string): string {
  const document = parseDocument(text);
  document.set('mode', 'audit');
  return document.toString();
}
