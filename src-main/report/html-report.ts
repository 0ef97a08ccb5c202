/**
 * A study as one HTML file: no script, no network, no external file. It opens from disk, follows the reader's
 * light or dark theme, and prints. The same analysis gives the same bytes.
 */
import type { StudyAnalysis } from '../contract/analysis.ts';
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import { questionOf } from './findings.ts';
import { agreementSection, dynamicsSection, evidenceSection, rankFigure } from './html-charts.ts';
import { paragraph } from './html-parts.ts';
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
import { escapeHtml } from './markup.ts';
import { REPORT_STYLE } from './report-style.ts';
import { assignLooks } from './theme.ts';

const CONTENTS = [
  ['answer', 'Answer'],
  ['setup', 'Setup'],
  ['pool', 'Pool'],
  ['dynamics', 'Early dynamics'],
  ['ranking', 'Ranking'],
  ['agreement', 'Correlation by k'],
  ['evidence', 'Evidence'],
  ['landscape', 'Loss landscape'],
  ['cost', 'Cost'],
  ['lost', 'Diverged, failed'],
  ['reproduce', 'Reproduce'],
  ['environment', 'Versions, machine'],
  ['study-file', 'Study file'],
  ['events', 'Events'],
] as const;

/** Complete HTML document of a study, finished or not, with its landscape where that was measured. */
export function htmlReport(analysis: StudyAnalysis, landscape: LandscapeAnalysis | null = null): string {
  const looks = assignLooks(analysis.candidates);
  const links = CONTENTS.filter(([id]) => id !== 'landscape' || landscape !== null)
    .map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`)
    .join('');
  const state = analysis.state === 'finished' ? '' : `<span class="badge">${analysis.state}</span>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(analysis.name)}: study report</title>
<style>
${REPORT_STYLE}
</style>
</head>
<body>
<a class="skip" href="#answer">Skip to the answer</a>
<div class="page">
<nav class="contents" aria-label="Contents"><h2>Contents</h2><ol>${links}</ol></nav>
<main class="sheet">
<header>
<div class="eyebrow"><span>Study report</span><span class="badge">${analysis.mode}</span>${state}<span>${escapeHtml(analysis.createdAt)}</span></div>
<h1>${escapeHtml(analysis.name)}</h1>
${paragraph(questionOf(analysis), 'lead')}
</header>
${[
  answerSection(analysis, looks),
  setupSection(analysis),
  poolSection(analysis, looks),
  dynamicsSection(analysis, looks),
  rankingSection(analysis, looks, rankFigure(analysis, looks)),
  agreementSection(analysis, looks),
  evidenceSection(analysis, looks),
  ...(landscape === null ? [] : [landscapeSection(landscape, looks)]),
  costSection(analysis),
  lostSection(analysis, looks),
  reproductionSection(analysis),
  environmentSection(analysis),
  studyFileSection(analysis),
  eventsSection(analysis),
].join('\n')}
<footer>Losses in nats per token, steps counted from the growing point.</footer>
</main>
</div>
</body>
</html>
`;
}
