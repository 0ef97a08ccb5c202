/** A draft as the document that views edit, kept in step with the service and with other windows. */
import { computed, type Ref, ref, shallowRef } from 'vue';
import { type Document, parseDocument } from 'yaml';
import type { ErrorProblem } from '../../src-main/contract/errors.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { readStudyText } from '../../src-main/contract/study-text.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';
import { DraftEdits, type ShownDraft } from './draft-edits.ts';
import type { StudyDocument } from './study-document.ts';

export interface DraftDocument extends StudyDocument {
  /** False until the draft has arrived. */
  readonly isReady: Readonly<Ref<boolean>>;
  /** What the draft calls itself, as last saved, even where the rest is wrong. */
  readonly name: Readonly<Ref<string | null>>;
  readonly version: Readonly<Ref<number>>;
  readonly isSaved: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<ErrorWords | null>>;
  /** Ends when the service has every edit. */
  flush(): Promise<void>;
}

/** Lines of YAML are never folded: a plan stays on its line. */
const YAML_FORM = { lineWidth: 0, flowCollectionPadding: true } as const;

export function useDraft(id: string): DraftDocument {
  const shown = shallowRef<ShownDraft | null>(null);
  const failure = shallowRef<ErrorWords | null>(null);
  const isReady = ref(false);
  const name = ref<string | null>(null);
  let edits: DraftEdits | null = null;
  const fail = (error: unknown): void => {
    failure.value = errorInWords(error);
  };

  watchStream(
    (signal) => service.drafts.watch({ id }, { signal }),
    (draft) => {
      failure.value = null;
      name.value = draft.name;
      if (edits) edits.take(draft);
      else
        edits = new DraftEdits(
          draft,
          service.drafts,
          (next) => {
            shown.value = next;
          },
          fail,
        );
      isReady.value = true;
    },
    fail,
  );

  const text = computed(() => shown.value?.text ?? '');
  const read = computed(() => readStudyText({ path: 'study', text: text.value }));
  const setText = (label: string, next: string, merge?: string): void => {
    failure.value = null;
    edits?.edit(label, next, merge);
  };
  return {
    isReadOnly: false,
    isReady,
    name,
    version: computed(() => shown.value?.version ?? 0),
    isSaved: computed(() => shown.value?.isSaved ?? true),
    failure,
    text,
    spec: computed<AnyStudySpec | null>(() => ('value' in read.value ? read.value.value : null)),
    problems: computed<readonly ErrorProblem[]>(() => ('problems' in read.value ? read.value.problems : [])),
    edit(label: string, change: (document: Document) => void, merge?: string): void {
      const document = parseDocument(text.value);
      if (document.errors.length > 0) return;
      change(document);
      setText(label, document.toString(YAML_FORM), merge);
    },
    setText,
    undo: () => void edits?.undo(),
    redo: () => void edits?.redo(),
    undoLabel: computed(() => shown.value?.undoLabel ?? null),
    redoLabel: computed(() => shown.value?.redoLabel ?? null),
    flush: async () => edits?.flush(),
  };
}
