/** The report of a study as chosen: sections, notes that are saved with the study, and its exports. */
import { onScopeDispose, ref, shallowRef } from 'vue';
import type { ReportFormat, ReportView } from '../../src-main/contract/window/report.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';
import { blobOf, download } from './download.ts';

/** Milliseconds after the last key before notes are saved and drawn. */
const WAIT = 600;

export function useReport(studyId: string) {
  const view = shallowRef<ReportView | null>(null);
  const leaveOut = ref<readonly string[]>([]);
  const notes = ref('');
  const isSaved = ref(true);
  const failure = ref<ErrorWords | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  let isEdited = false;

  async function attempt(action: () => Promise<void>): Promise<void> {
    failure.value = null;
    try {
      await action();
    } catch (error) {
      failure.value = errorInWords(error);
    }
  }
  const read = (): Promise<void> =>
    attempt(async () => {
      const mine = ++asked;
      const next = await service.report.read({
        studyId,
        leaveOut: [...leaveOut.value],
        notes: isEdited ? notes.value : null,
      });
      if (mine !== asked) return;
      view.value = next;
      if (!isEdited) notes.value = next.notes;
    });
  async function save(): Promise<void> {
    clearTimeout(timer);
    if (isSaved.value) return;
    await attempt(async () => {
      await service.studies.update({ changes: [{ ids: [studyId], set: { notes: notes.value } }] });
      isSaved.value = true;
    });
    await read();
  }
  function write(text: string): void {
    notes.value = text;
    isEdited = true;
    isSaved.value = false;
    clearTimeout(timer);
    timer = setTimeout(() => void save(), WAIT);
  }
  function choose(part: string, isChosen: boolean): void {
    leaveOut.value = isChosen ? leaveOut.value.filter((id) => id !== part) : [...leaveOut.value, part];
    void read();
  }
  /** @returns how many files the browser was given */
  async function exportAs(format: ReportFormat): Promise<number> {
    let count = 0;
    await attempt(async () => {
      const files = await service.report.export({
        studyId,
        format,
        leaveOut: [...leaveOut.value],
        notes: notes.value,
      });
      for (const file of files) download(file.name, blobOf(file));
      count = files.length;
    });
    return count;
  }

  void read();
  watchStream(
    (signal) => service.studies.watch(undefined, { signal }),
    (ids) => {
      if (isSaved.value && (ids.length === 0 || ids.includes(studyId))) void read();
    },
    (error) => {
      failure.value = errorInWords(error);
    },
  );
  onScopeDispose(() => void save());
  return { view, leaveOut, notes, isSaved, failure, attempt, write, save, choose, exportAs };
}
