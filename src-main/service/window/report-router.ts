/** Reports for the window. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { EspalierError, messageOf } from '../../contract/errors.ts';
import { type ReportFile, type ReportFormat, reportContract } from '../../contract/window/report.ts';
import { writeRecordedAudits } from '../../data/recorded-audit-file.ts';
import { htmlReport, studySections } from '../../report/html-report.ts';
import { markdownReport } from '../../report/markdown-report.ts';
import type { ReportChoice, ReportSection } from '../../report/report-page.ts';
import { stackingHtml, stackingSections } from '../../report/stacking-html.ts';
import { stackingMarkdown } from '../../report/stacking-markdown.ts';
import { findRecordedAudit } from '../recorded-audits.ts';
import { reportTables } from '../report-files.ts';
import type { AnyAnalysis } from '../study-kinds.ts';
import type { WindowContext } from './context.ts';

export function reportRouter({ home, histories, studies, landscapes }: WindowContext) {
  const router = implement(reportContract);
  const landscapeOf = (id: string) => landscapes.stored(id);

  const sectionsOf = (analysis: AnyAnalysis): readonly ReportSection[] =>
    analysis.mode === 'stacking'
      ? stackingSections(analysis)
      : studySections(analysis, landscapeOf(analysis.id));
  const htmlOf = (analysis: AnyAnalysis, choice: ReportChoice): string =>
    analysis.mode === 'stacking'
      ? stackingHtml(analysis, choice)
      : htmlReport(analysis, landscapeOf(analysis.id), choice);
  const storedNotes = (id: string): string =>
    histories.read((history) => history.catalogRows([id])[0]?.notes ?? '');

  return {
    read: router.read.handler(({ input }) => {
      const analysis = studies.analyse(input.studyId);
      const notes = input.notes ?? storedNotes(analysis.id);
      return {
        name: analysis.name,
        html: htmlOf(analysis, { leaveOut: input.leaveOut, notes }),
        parts: sectionsOf(analysis)
          .filter(({ html }) => html !== '')
          .map(({ id, title }) => ({ id, title })),
        notes,
        command: `espalier report ${analysis.id}`,
        parquetRefusal: parquetRefusal(analysis),
      };
    }),
    export: router.export.handler(({ input }) => {
      const analysis = studies.analyse(input.studyId);
      const { leaveOut, notes } = input;
      return filesOf(input.format, analysis, { leaveOut, notes });
    }),
  };

  async function filesOf(
    format: ReportFormat,
    analysis: AnyAnalysis,
    choice: ReportChoice,
  ): Promise<ReportFile[]> {
    const stem = fileStem(analysis.name);
    const text = (name: string, mediaType: string, content: string): ReportFile => ({
      name,
      mediaType,
      content,
      isBase64: false,
    });
    switch (format) {
      case 'html':
        return [text(`${stem}.html`, 'text/html', htmlOf(analysis, choice))];
      case 'markdown': {
        const report =
          analysis.mode === 'stacking'
            ? stackingMarkdown(analysis)
            : markdownReport(analysis, landscapeOf(analysis.id));
        const { notes = '' } = choice;
        return [
          text(
            `${stem}.md`,
            'text/markdown',
            notes.trim() === '' ? report : `${report}\n## Notes\n\n${notes}\n`,
          ),
        ];
      }
      case 'csv':
        return reportTables(analysis).map(([name, content]) => text(`${stem}-${name}`, 'text/csv', content));
      case 'yaml':
        return [text(`${stem}.yaml`, 'application/yaml', analysis.studyYaml)];
      case 'parquet': {
        const refusal = parquetRefusal(analysis);
        if (refusal !== null) throw new EspalierError('refused', refusal);
        const content = await parquetOf(analysis.id);
        return [
          { name: `${stem}.parquet`, mediaType: 'application/vnd.apache.parquet', content, isBase64: true },
        ];
      }
    }
  }

  async function parquetOf(id: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'espalier-parquet-'));
    try {
      const path = join(folder, 'curves.parquet');
      await writeRecordedAudits(path, [findRecordedAudit(home, id)]);
      return readFileSync(path).toString('base64');
    } catch (error) {
      if (error instanceof EspalierError) throw error;
      throw new EspalierError('failed', `the curves could not be written: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

const parquetRefusal = ({ mode, state }: AnyAnalysis): string | null => {
  if (mode !== 'audit') return 'Parquet holds the recorded curves of audits; this study is none.';
  return state === 'finished' ? null : 'The curves can be recorded when the audit is finished.';
};

/** A name that every system takes for a file. */
export const fileStem = (name: string): string =>
  name
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80) || 'report';
