/** The file of a study that has started: to be read, not edited. */
import { computed, ref, shallowRef, watch } from 'vue';
import { type AnyStudySpec, readStudyText } from '../../src-main/contract/study-text.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import type { StudyDocument } from './study-document.ts';

/** @param isThere whether the history knows the study; one that waits in the queue comes later */
export function useStartedDocument(id: string, isThere: () => boolean) {
  const text = ref('');
  const failure = shallowRef<ErrorWords | null>(null);
  const read = computed(() => readStudyText({ path: 'study', text: text.value }));
  const refuse = (): never => {
    throw new Error('a study that has started cannot be edited');
  };
  const document: StudyDocument = {
    isReadOnly: true,
    text,
    spec: computed<AnyStudySpec | null>(() => ('value' in read.value ? read.value.value : null)),
    problems: computed(() => ('problems' in read.value && text.value !== '' ? read.value.problems : [])),
    edit: refuse,
    editLate: refuse,
    settle: () => {},
    setText: refuse,
    undo: refuse,
    redo: refuse,
    undoLabel: ref(null),
    redoLabel: ref(null),
    recent: ref([]),
    go: refuse,
    versions: ref([]),
    returnTo: refuse,
  };
  const load = async (): Promise<void> => {
    try {
      text.value = (await service.studies.file({ id })).text;
    } catch (error) {
      failure.value = errorInWords(error);
    }
  };
  watch(isThere, (now) => now && text.value === '' && void load(), { immediate: true });
  return { document, failure };
}
