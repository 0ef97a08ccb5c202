/**
 * A stacking study as one HTML file, made like that of other studies (html-report.ts): no script, no network, both
 * themes, screen and paper. The same analysis gives the same bytes.
 */
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { paragraph } from './html-parts.ts';
import { environmentSection, eventsSection, reproductionSection, studyFileSection } from './html-sections.ts';
import { escapeHtml } from './markup.ts';
import { REPORT_STYLE } from './report-style.ts';
import { choicesSection } from './stacking-choices.ts';
import { stackingQuestion } from './stacking-findings.ts';
import { policyLooks } from './stacking-looks.ts';
import {
  curvesSection,
  lineageSection,
  policiesSection,
  stackingAnswerSection,
  stackingCostSection,
  stackingSetupSection,
  timelineSection,
  triggersSection,
} from './stacking-sections.ts';
import { STACKING_STYLE } from './stacking-style.ts';

/** Complete HTML document of a stacking study, finished or not. */
export function stackingHtml(analysis: StackingAnalysis): string {
  const looks = policyLooks(analysis.policies);
  const sections: readonly (readonly [id: string, title: string, html: string])[] = [
    ['answer', 'Answer', stackingAnswerSection(analysis, looks)],
    ['timeline', 'Timeline', timelineSection(analysis, looks)],
    ['policies', 'Policies', policiesSection(analysis, looks)],
    ['curves', 'Loss by compute', curvesSection(analysis, looks)],
    ['choices', 'Choices', choicesSection(analysis)],
    ['lineage', 'Origin of the layers', lineageSection(analysis)],
    ['triggers', 'Trigger readings', triggersSection(analysis, looks)],
    ['cost', 'Cost', stackingCostSection(analysis, looks)],
    ['setup', 'Setup', stackingSetupSection(analysis)],
    ['reproduce', 'Reproduce', reproductionSection(analysis)],
    ['environment', 'Versions, machine', environmentSection(analysis)],
    ['study-file', 'Study file', studyFileSection(analysis)],
    ['events', 'Events', eventsSection(analysis)],
  ];
  const shown = sections.filter(([, , html]) => html !== '');
  const links = shown.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join('');
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
${STACKING_STYLE}
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
${paragraph(stackingQuestion(analysis), 'lead')}
</header>
${shown.map(([, , html]) => html).join('\n')}
<footer>Losses in nats per token; compute in FLOPs of training.</footer>
</main>
</div>
</body>
</html>
`;
}
