/** Text files of a person that become a corpus: kept by the service in its home folder. */
import { shallowRef } from 'vue';
import { service } from '../connection/client.ts';
import { corpusText } from './corpus-text.ts';

export interface KeptCorpus {
  readonly path: string;
  readonly bytes: number;
}

/** The file that came last: Setup shows at once what it looks like. */
export const lastCorpus = shallowRef<KeptCorpus | null>(null);

/** Keeps the file as a corpus. @throws EspalierError naming the file and what is wrong with it */
export async function keepCorpusFile(file: File): Promise<KeptCorpus> {
  const { path } = await service.setup.addCorpusFile({ name: file.name, text: await corpusText(file) });
  const kept = { path, bytes: file.size };
  lastCorpus.value = kept;
  return kept;
}
