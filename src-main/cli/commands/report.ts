/** `espalier report`: writes the report folder of a study again. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ContextOf } from '../command-context.ts';
import { pathValue } from '../number-options.ts';

export function addReport(program: Command, contextOf: ContextOf): void {
  program
    .command('report')
    .summary('write the report of a study')
    .description('Writes report.html, report.md, tables as CSV and the study file into a folder.')
    .argument('<id>', 'study, or the beginning of its id')
    .option('--out <folder>', 'folder to write into; reports/ID in the home folder', pathValue('--out'))
    .action(async (id: string, options: { out?: string }) => {
      const { output, home } = contextOf();
      const { composeLandscapeService, composeStudyService } = await import('../../service/compose.ts');
      const { resolveHome } = await import('../../service/home.ts');
      const { writeStoredLandscape } = await import('../../service/landscape-report.ts');
      const { reportPage, writeReport } = await import('../../service/report-files.ts');
      const analysis = composeStudyService(home).analyse(id);
      const folder = options.out ?? join(resolveHome(home).reports, analysis.id);
      const files = writeReport(analysis, folder);
      const added = writeStoredLandscape(composeLandscapeService(home), analysis, folder);
      files.push(...added.filter((file) => !files.includes(file)));
      output.result({ study: analysis.id, report: reportPage(folder), files }, files);
    });
}
