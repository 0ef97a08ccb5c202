/** What the list says of one study, kept current. */
import { ref, shallowRef } from 'vue';
import type { StudyRow } from '../../src-main/contract/window/studies.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';

export function useStudyRow(id: string) {
  const row = shallowRef<StudyRow | null>(null);
  const isRead = ref(false);
  const failure = shallowRef<ErrorWords | null>(null);

  async function read(): Promise<void> {
    try {
      const [found] = await service.studies.rows({ ids: [id] });
      row.value = found ?? null;
      failure.value = null;
    } catch (error) {
      failure.value = errorInWords(error);
    }
    isRead.value = true;
  }

  void read();
  watchStream(
    (signal) => service.studies.watch(undefined, { signal }),
    (ids) => {
      if (ids.length === 0 || ids.includes(id)) void read();
    },
    (error) => {
      failure.value = errorInWords(error);
    },
  );
  return { row, isRead, failure };
}
