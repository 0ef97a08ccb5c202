/** The report folder of a study: the page, the Markdown, the tables and the study file that repeats it. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyAnalysis } from '../contract/analysis.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { writeDurably } from '../data/durable-file.ts';
import { agreementCsv, candidatesCsv, curvesCsv } from '../report/csv-tables.ts';
import { htmlReport } from '../report/html-report.ts';
import { markdownReport } from '../report/markdown-report.ts';

const FILES: Readonly<Record<string, (analysis: StudyAnalysis) => string>> = {
  'report.html': htmlReport,
  'report.md': markdownReport,
  'candidates.csv': candidatesCsv,
  'curves.csv': curvesCsv,
  'agreement.csv': agreementCsv,
  'study.yaml': (analysis) => analysis.studyYaml,
};

/** Names of the files in a report folder, the page first. */
export const REPORT_FILES: readonly string[] = Object.keys(FILES);

/**
 * Writes a report into `folder`, which is made; files of an earlier report are replaced, others stay.
 * @returns the paths of the files, the page first
 * @throws EspalierError `bad-input` when the folder cannot be made, `failed` when a file cannot be written
 */
export function writeReport(analysis: StudyAnalysis, folder: string): string[] {
  makeFolder(folder);
  return Object.entries(FILES).map(
    ([name, render]) => writeDurably(folder, [Buffer.from(render(analysis), 'utf8')], () => name).path,
  );
}

/**
 * Checks early that a report can be written here, so that no hours of training end in a wrong path.
 * @throws EspalierError `bad-input` when the path is there and no folder
 */
export function requireReportFolder(folder: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return; // it will be made
    throw noFolder(folder, messageOf(error), error);
  }
  if (!isFolder) throw noFolder(folder, 'it is there and is no folder');
}

function makeFolder(folder: string): void {
  requireReportFolder(folder);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw noFolder(folder, messageOf(error), error);
  }
}

function noFolder(folder: string, reason: string, cause?: unknown): EspalierError {
  return new EspalierError('bad-input', `the report cannot be written to ${folder}: ${reason}`, {
    hint: 'Name another folder with --out DIR.',
    problems: [{ at: '--out', message: reason }],
    cause,
  });
}

/** `report.html` in a report folder. */
export const reportPage = (folder: string): string => join(folder, 'report.html');
