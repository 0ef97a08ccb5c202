/** The report of a study with its landscape: the page and the Markdown once more, with a section for it, and a table. */
import type { StudyAnalysis } from '../contract/analysis.ts';
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import { writeDurably } from '../data/durable-file.ts';
import { htmlReport } from '../report/html-report.ts';
import { landscapeCsv } from '../report/landscape-tables.ts';
import { markdownReport } from '../report/markdown-report.ts';
import type { LandscapeService } from './landscape-service.ts';
import type { AnyAnalysis } from './study-kinds.ts';

/**
 * Puts a landscape into a report folder that is there; the files of the report are replaced by ones that hold it.
 * @returns the paths written
 */
export function writeLandscape(
  analysis: StudyAnalysis,
  landscape: LandscapeAnalysis,
  folder: string,
): string[] {
  const files: [string, string][] = [
    ['report.html', htmlReport(analysis, landscape)],
    ['report.md', markdownReport(analysis, landscape)],
    ['landscape.csv', landscapeCsv(landscape)],
  ];
  return files.map(([name, text]) => writeDurably(folder, [Buffer.from(text, 'utf8')], () => name).path);
}

/** The same with what is stored of the study's landscape, if anything is. */
export function writeStoredLandscape(
  service: LandscapeService,
  analysis: AnyAnalysis,
  folder: string,
): string[] {
  const landscape = analysis.mode === 'stacking' ? null : service.stored(analysis.id);
  return landscape === null || analysis.mode === 'stacking'
    ? []
    : writeLandscape(analysis, landscape, folder);
}
