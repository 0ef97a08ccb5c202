/** Study files that a person chose or dropped on the window become drafts. */
import { readonly, ref } from 'vue';
import { readStudyText, STUDY_FILE_ENDINGS } from '../../src-main/contract/study-text.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { beginDraft } from './begin-study.ts';
import { studyFileText } from './study-file-text.ts';

/** For the file dialog of a page. */
export const ACCEPTED_FILES = STUDY_FILE_ENDINGS.map((ending) => `.${ending}`).join(',');

const failure = ref<ErrorWords | null>(null);
/** Why the last file was not opened. */
export const openFailure = readonly(failure);

export function dismissOpenFailure(): void {
  failure.value = null;
}

export async function openStudyFile(file: File | undefined): Promise<void> {
  if (file) await openText(file.name, () => studyFileText(file));
}

/** A file with mistakes opens too, in Setup, where they are marked. */
export async function openText(name: string, textOf: () => Promise<string>): Promise<void> {
  failure.value = null;
  try {
    const text = await textOf();
    await beginDraft(text, 'value' in readStudyText({ path: name, text }) ? 'designer' : 'setup');
  } catch (error) {
    failure.value = errorInWords(error);
  }
}
