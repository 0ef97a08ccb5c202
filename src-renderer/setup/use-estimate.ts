/** What the study will cost, asked again a moment after each edit. */
import { type Ref, ref, shallowRef, watch } from 'vue';
import { parseDocument } from 'yaml';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import type { JobEstimate } from '../../src-main/contract/window/jobs.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';

const WAIT = 300;

/** The last questions: several parts of a view ask for the same text at the same time. */
const asked = new Map<string, Promise<JobEstimate>>();
const MOST_KEPT = 4;

function estimateOf(text: string): Promise<JobEstimate> {
  const known = asked.get(text);
  if (known !== undefined) return known;
  const answer = service.jobs.estimate({ text });
  asked.set(text, answer);
  for (const old of [...asked.keys()].slice(0, -MOST_KEPT)) asked.delete(old);
  // A corpus that was missing, or speed that was not known, may be there at the next question.
  const forget = (): void => {
    setTimeout(() => asked.get(text) === answer && asked.delete(text), 1000);
  };
  answer.then(forget, forget);
  return answer;
}

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
  let turn = 0;

  async function ask(): Promise<void> {
    const mine = ++turn;
    const { value: study } = spec;
    if (!study) {
      costs.value = null;
      isAsking.value = false;
      return;
    }
    try {
      const own = await estimateOf(text.value);
      const all =
        study.mode === 'stacking' || !isCompared
          ? null
          : study.mode === 'audit'
            ? own
            : await estimateOf(asAudit(text.value));
      if (mine !== turn) return;
      costs.value = { own, all };
      failure.value = null;
    } catch (error) {
      if (mine !== turn) return;
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
