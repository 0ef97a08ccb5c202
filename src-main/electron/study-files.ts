/** Study files that the system hands to the program, or that a person chooses in its dialog. */
import { basename, extname } from 'node:path';
import { app, type BrowserWindow, dialog } from 'electron';
import { messageOf } from '../contract/errors.ts';
import { STUDY_FILE_ENDINGS } from '../contract/study-text.ts';
import { readStudyFileText } from '../service/study-file.ts';
import type { OpenedFile } from './host-messages.ts';

const ENDINGS: readonly string[] = STUDY_FILE_ENDINGS;

/** The study files among the arguments of a start: on Windows and Linux a double click gives the path there. */
export const studyFilesIn = (commandLine: readonly string[]): string[] =>
  commandLine
    .slice(1)
    .filter(
      (argument) => !argument.startsWith('-') && ENDINGS.includes(extname(argument).slice(1).toLowerCase()),
    );

/** Null after a message that says why the file cannot be opened. */
export function readOpenedFile(path: string): OpenedFile | null {
  try {
    const opened = { name: basename(path), text: readStudyFileText(path) };
    app.addRecentDocument(path);
    return opened;
  } catch (error) {
    dialog.showErrorBox(`${basename(path)} cannot be opened`, messageOf(error));
    return null;
  }
}

export async function chooseStudyFile(window: BrowserWindow): Promise<OpenedFile | null> {
  const { filePaths } = await dialog.showOpenDialog(window, {
    title: 'Open a study file',
    properties: ['openFile'],
    filters: [{ name: 'Study files', extensions: [...ENDINGS] }],
  });
  const [path] = filePaths;
  return path === undefined ? null : readOpenedFile(path);
}
