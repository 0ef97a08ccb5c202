/**
 * A study as one HTML file: no script, no network, no external file. It opens from disk, follows the reader's
 * light or dark theme, and prints. The same analysis gives the same bytes.
 */
import type { StudyAnalysis } from '../contract/analysis.ts';
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import { questionOf } from './findings.ts';
import { agreementSection, dynamicsSection, evidenceSection, rankFigure } from './html-charts.ts';
import {
  answerSection,
  costSection,
  environmentSection,
  eventsSection,
  lostSection,
  poolSection,
  rankingSection,
  reproductionSection,
  setupSection,
  studyFileSection,
} from './html-sections.ts';
import { landscapeSection } from './landscape-section.ts';
import { type ReportChoice, type ReportSection, reportPage } from './report-page.ts';
import { assignLooks } from './theme.ts';

/** The sections of a study, in their order; those with nothing to say are empty. */
export function studySections(
  analysis: StudyAnalysis,
  landscape: LandscapeAnalysis | null = null,
): readonly ReportSection[] {
  const looks = assignLooks(analysis.candidates);
  const section = (id: string, title: string, html: string): ReportSection => ({ id, title, html });
  return [
    section('answer', 'Answer', answerSection(analysis, looks)),
    section('setup', 'Setup', setupSection(analysis)),
    section('pool', 'Pool', poolSection(analysis, looks)),
    section('dynamics', 'Early dynamics', dynamicsSection(analysis, looks)),
    section('ranking', 'Ranking', rankingSection(analysis, looks, rankFigure(analysis, looks))),
    section('agreement', 'Correlation by k', agreementSection(analysis, looks)),
    section('evidence', 'Evidence', evidenceSection(analysis, looks)),
    section('landscape', 'Loss landscape', landscape === null ? '' : landscapeSection(landscape, looks)),
    section('cost', 'Cost', costSection(analysis)),
    section('lost', 'Diverged, failed', lostSection(analysis, looks)),
    section('reproduce', 'Reproduce', reproductionSection(analysis)),
    section('environment', 'Versions, machine', environmentSection(analysis)),
    section('study-file', 'Study file', studyFileSection(analysis)),
    section('events', 'Events', eventsSection(analysis)),
  ];
}

/** Complete HTML document of a study, finished or not, with its landscape where that was measured. */
export function htmlReport(
  analysis: StudyAnalysis,
  landscape: LandscapeAnalysis | null = null,
  choice: ReportChoice = {},
): string {
  const { name, mode, state, createdAt } = analysis;
  return reportPage(
    {
      name,
      mode,
      state,
      createdAt,
      question: questionOf(analysis),
      sections: studySections(analysis, landscape),
      footer: 'Losses in nats per token, steps counted from the growing point.',
    },
    choice,
  );
}
