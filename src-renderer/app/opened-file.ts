/**
 * Files that a person chose or dropped on the window: study files become drafts, a text becomes the corpus of a new one,
 * and what a safetensors file holds is shown.
 */
import { readonly, ref } from 'vue';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { readStudyText, STUDY_FILE_ENDINGS } from '../../src-main/contract/study-text.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { readSafetensorsHeader, type SafetensorsFacts } from '../safetensors/safetensors-header.ts';
import { preferences, withPreferredCompute } from '../settings/preferences.ts';
import { keepCorpusFile } from '../setup/corpus-file.ts';
import { isCorpusName } from '../setup/corpus-text.ts';
import { OPENED_WORDS as words } from '../words/shell.ts';
import { beginDraft } from './begin-study.ts';
import { corpusStudyText, EXAMPLE_OF_TEXTS } from './corpus-study.ts';
import { studyFileText } from './study-file-text.ts';

/** For the file dialog of a page. */
export const ACCEPTED_FILES = STUDY_FILE_ENDINGS.map((ending) => `.${ending}`).join(',');

const failure = ref<ErrorWords | null>(null);
/** Why the last file was not opened. */
export const openFailure = readonly(failure);

export function dismissOpenFailure(): void {
  failure.value = null;
}

const shownModel = ref<SafetensorsFacts | null>(null);
/** What the dropped model file holds, until its sheet is closed. */
export const openedModel = readonly(shownModel);

export function closeOpenedModel(): void {
  shownModel.value = null;
}

/** What is written as YAML by people and programs. */
const YAML_NAME = new RegExp(`\\.(${[...STUDY_FILE_ENDINGS, 'json'].join('|')})$`, 'i');

const MODEL_NAME = /\.safetensors$/i;

/** A file dropped anywhere on the window, where no view had a better use for it. */
export async function openDroppedFiles(files: readonly File[]): Promise<void> {
  const [file] = files;
  if (!file) return;
  if (files.length === 1 && YAML_NAME.test(file.name)) await openStudyFile(file);
  else
    await attempt(async () => {
      if (files.length > 1)
        throw new EspalierError('bad-input', words.several(files.length), { hint: words.drop });
      if (MODEL_NAME.test(file.name)) {
        shownModel.value = await readSafetensorsHeader(file);
        return;
      }
      if (!isCorpusName(file.name))
        throw new EspalierError('bad-input', words.unknown(file.name), { hint: words.drop });
      await beginFromText(file);
    });
}

/** A draft that learns from the text; Setup shows its size, its tokens and what the study will cost. */
async function beginFromText(file: File): Promise<void> {
  const example = (await service.machine.examples()).find(({ id }) => id === EXAMPLE_OF_TEXTS);
  if (!example) throw new EspalierError('failed', words.noExample);
  const { path } = await keepCorpusFile(file);
  const text = corpusStudyText(withPreferredCompute(example.text, preferences.value), {
    name: file.name,
    path,
  });
  await beginDraft(text, 'setup');
}

export async function openStudyFile(file: File | undefined): Promise<void> {
  if (file) await openText(file.name, () => studyFileText(file));
}

/** A file with mistakes opens too, in Setup, where they are marked. */
export async function openText(name: string, textOf: () => Promise<string>): Promise<void> {
  await attempt(async () => {
    const text = await textOf();
    await beginDraft(text, 'value' in readStudyText({ path: name, text }) ? 'designer' : 'setup');
  });
}

async function attempt(action: () => Promise<void>): Promise<void> {
  failure.value = null;
  try {
    await action();
  } catch (error) {
    failure.value = errorInWords(error);
  }
}
