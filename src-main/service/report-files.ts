/** The report folder of a study: the page, the Markdown, the tables and the study file that repeats it. */
import { join } from 'node:path';
import type { StudyAnalysis } from '../contract/analysis.ts';
import { messageOf } from '../contract/errors.ts';
import { writeDurably } from '../data/durable-file.ts';
import { agreementCsv, candidatesCsv, curvesCsv } from '../report/csv-tables.ts';
import { htmlReport } from '../report/html-report.ts';
import { markdownReport } from '../report/markdown-report.ts';
import { makeFolder } from './make-folder.ts';
import { noReportFolder, requireReportFolder } from './report-folder.ts';

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
  requireReportFolder(folder);
  try {
    makeFolder(folder);
  } catch (error) {
    throw noReportFolder(folder, messageOf(error), error);
  }
  return Object.entries(FILES).map(
    ([name, render]) => writeDurably(folder, [Buffer.from(render(analysis), 'utf8')], () => name).path,
  );
}

/** `report.html` in a report folder. */
export const reportPage = (folder: string): string => join(folder, 'report.html');
