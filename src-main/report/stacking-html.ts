/**
 * A stacking study as one HTML file, made like that of other studies (html-report.ts): no script, no network, both
 * themes, screen and paper. The same analysis gives the same bytes.
 */
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { environmentSection, eventsSection, reproductionSection, studyFileSection } from './html-sections.ts';
import { type ReportChoice, type ReportSection, reportPage } from './report-page.ts';
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

/** The sections of a stacking study, in their order; those with nothing to say are empty. */
export function stackingSections(analysis: StackingAnalysis): readonly ReportSection[] {
  const looks = policyLooks(analysis.policies);
  const section = (id: string, title: string, html: string): ReportSection => ({ id, title, html });
  return [
    section('answer', 'Answer', stackingAnswerSection(analysis, looks)),
    section('timeline', 'Timeline', timelineSection(analysis, looks)),
    section('policies', 'Policies', policiesSection(analysis, looks)),
    section('curves', 'Loss by compute', curvesSection(analysis, looks)),
    section('choices', 'Choices', choicesSection(analysis)),
    section('lineage', 'Origin of the layers', lineageSection(analysis)),
    section('triggers', 'Trigger readings', triggersSection(analysis, looks)),
    section('cost', 'Cost', stackingCostSection(analysis, looks)),
    section('setup', 'Setup', stackingSetupSection(analysis)),
    section('reproduce', 'Reproduce', reproductionSection(analysis)),
    section('environment', 'Versions, machine', environmentSection(analysis)),
    section('study-file', 'Study file', studyFileSection(analysis)),
    section('events', 'Events', eventsSection(analysis)),
  ];
}

/** Complete HTML document of a stacking study, finished or not. */
export function stackingHtml(analysis: StackingAnalysis, choice: ReportChoice = {}): string {
  const { name, mode, state, createdAt } = analysis;
  return reportPage(
    {
      name,
      mode,
      state,
      createdAt,
      question: stackingQuestion(analysis),
      sections: stackingSections(analysis),
      footer: 'Losses in nats per token; compute in FLOPs of training.',
      style: STACKING_STYLE,
    },
    choice,
  );
}
