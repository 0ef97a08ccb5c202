/** A draft as the document that views edit, kept in step with the service and with other windows. */
import { computed, type Ref, ref, shallowRef } from 'vue';
import type { Document } from 'yaml';
import type { ErrorProblem } from '../../src-main/contract/errors.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';
import { afterPaint } from './after-paint.ts';
import { DraftEdits, type ShownDraft } from './draft-edits.ts';
import { EditedText } from './edited-text.ts';
import type { StudyDocument } from './study-document.ts';

export interface DraftDocument extends StudyDocument {
  /** False until the draft has arrived. */
  readonly isReady: Readonly<Ref<boolean>>;
  /** What the draft calls itself, as last saved, even where the rest is wrong. */
  readonly name: Readonly<Ref<string | null>>;
  readonly version: Readonly<Ref<number>>;
  readonly isSaved: Readonly<Ref<boolean>>;
  /** ISO 8601, UTC. */
  readonly savedAt: Readonly<Ref<string | null>>;
  /** Gives the text as it is now a name. */
  nameVersion(name: string): void;
  readonly failure: Readonly<Ref<ErrorWords | null>>;
  /** Ends when the service has every edit. */
  flush(): Promise<void>;
}

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
  const edited = new EditedText();
  const read = computed(() => edited.read(text.value));
  /** The edit that waits until what it looks like has been painted. */
  let late: (() => void) | null = null;
  const settle = (): void => {
    const waiting = late;
    late = null;
    waiting?.();
  };
  const setText = (label: string, next: string, merge?: string): void => {
    failure.value = null;
    edits?.edit(label, next, merge);
  };
  function apply(label: string, change: (document: Document) => void, merge?: string): void {
    const next = edited.edit(text.value, change);
    if (next !== null) setText(label, next, merge);
  }
  return {
    isReadOnly: false,
    isReady,
    name,
    version: computed(() => shown.value?.version ?? 0),
    isSaved: computed(() => shown.value?.isSaved ?? true),
    savedAt: computed(() => shown.value?.savedAt ?? null),
    versions: computed(() => shown.value?.versions ?? []),
    nameVersion(named: string): void {
      settle();
      void edits?.nameVersion(named);
    },
    returnTo(version: number): void {
      settle();
      void edits?.returnTo(version);
    },
    failure,
    text,
    spec: computed<AnyStudySpec | null>(() => ('value' in read.value ? read.value.value : null)),
    problems: computed<readonly ErrorProblem[]>(() => ('problems' in read.value ? read.value.problems : [])),
    edit(label: string, change: (document: Document) => void, merge?: string): void {
      settle();
      apply(label, change, merge);
    },
    editLate(label: string, change: (document: Document) => void, merge?: string): void {
      settle();
      let next: string | null | undefined;
      const prepare = (): string | null => {
        if (next === undefined) next = edited.edit(text.value, change);
        return next;
      };
      const mine = (): void => {
        const made = prepare();
        if (made !== null) setText(label, made, merge);
      };
      late = mine;
      // The text in one turn, what follows from it in the next: each short enough for its frame.
      afterPaint(() => {
        if (late !== mine) return;
        prepare();
        setTimeout(() => late === mine && settle());
      });
    },
    settle,
    setText(label: string, next: string, merge?: string): void {
      settle();
      setText(label, next, merge);
    },
    undo(): void {
      settle();
      void edits?.undo();
    },
    redo(): void {
      settle();
      void edits?.redo();
    },
    undoLabel: computed(() => shown.value?.undoLabel ?? null),
    redoLabel: computed(() => shown.value?.redoLabel ?? null),
    recent: computed(() => shown.value?.recent ?? []),
    go(by: number): void {
      settle();
      void edits?.go(by);
    },
    flush: async () => {
      settle();
      await edits?.flush();
    },
  };
}
