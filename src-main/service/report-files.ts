/** The report folder of a study: the page, the Markdown, the tables and the study file that repeats it. */
import { join } from 'node:path';
import type { StudyAnalysis } from '../contract/analysis.ts';
import { messageOf } from '../contract/errors.ts';
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { writeDurably } from '../data/durable-file.ts';
import { agreementCsv, candidatesCsv, curvesCsv } from '../report/csv-tables.ts';
import { htmlReport } from '../report/html-report.ts';
import { markdownReport } from '../report/markdown-report.ts';
import { stackingHtml } from '../report/stacking-html.ts';
import { stackingMarkdown } from '../report/stacking-markdown.ts';
import {
  decisionsCsv,
  lineageCsv,
  policiesCsv,
  stackingCurvesCsv,
  triggersCsv,
} from '../report/stacking-tables.ts';
import { makeFolder } from './make-folder.ts';
import { noReportFolder, requireReportFolder } from './report-folder.ts';
import type { AnyAnalysis } from './study-kinds.ts';

type Files<Analysis> = Readonly<Record<string, (analysis: Analysis) => string>>;

const FILES: Files<StudyAnalysis> = {
  'report.html': htmlReport,
  'report.md': markdownReport,
  'candidates.csv': candidatesCsv,
  'curves.csv': curvesCsv,
  'agreement.csv': agreementCsv,
  'study.yaml': (analysis) => analysis.studyYaml,
};

const STACKING_FILES: Files<StackingAnalysis> = {
  'report.html': stackingHtml,
  'report.md': stackingMarkdown,
  'policies.csv': policiesCsv,
  'curves.csv': stackingCurvesCsv,
  'decisions.csv': decisionsCsv,
  'lineage.csv': lineageCsv,
  'triggers.csv': triggersCsv,
  'study.yaml': (analysis) => analysis.studyYaml,
};

/** Names of the files in a report folder, the page first. */
export const REPORT_FILES: readonly string[] = Object.keys(FILES);

/**
 * Writes a report into `folder`, which is made; files of an earlier report are replaced, others stay.
 * @returns the paths of the files, the page first
 * @throws EspalierError `bad-input` when the folder cannot be made, `failed` when a file cannot be written
 */
export function writeReport(analysis: AnyAnalysis, folder: string): string[] {
  requireReportFolder(folder);
  try {
    makeFolder(folder);
  } catch (error) {
    throw noReportFolder(folder, messageOf(error), error);
  }
  const texts = analysis.mode === 'stacking' ? render(STACKING_FILES, analysis) : render(FILES, analysis);
  return texts.map(([name, text]) => writeDurably(folder, [Buffer.from(text, 'utf8')], () => name).path);
}

/** The tables of a report as CSV: file names and texts. */
export function reportTables(analysis: AnyAnalysis): readonly (readonly [name: string, text: string])[] {
  const files = analysis.mode === 'stacking' ? render(STACKING_FILES, analysis) : render(FILES, analysis);
  return files.filter(([name]) => name.endsWith('.csv'));
}

const render = <Analysis>(files: Files<Analysis>, analysis: Analysis): [string, string][] =>
  Object.entries(files).map(([name, make]) => [name, make(analysis)]);

/** `report.html` in a report folder. */
export const reportPage = (folder: string): string => join(folder, 'report.html');
