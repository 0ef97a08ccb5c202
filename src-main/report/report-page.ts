/** The frame of a report: head, contents, notes, the chosen sections. One file, no script, no request, both themes. */
import MarkdownIt from 'markdown-it';
import { paragraph, sectionHtml } from './html-parts.ts';
import { escapeHtml } from './markup.ts';
import { REPORT_STYLE } from './report-style.ts';

/** What a person chose for a report; nothing for the whole. */
export interface ReportChoice {
  /** Ids of sections that are left out. */
  readonly leaveOut?: readonly string[];
  /** Notes in Markdown, shown first. */
  readonly notes?: string;
}

export interface ReportSection {
  readonly id: string;
  readonly title: string;
  /** Empty where the study has nothing to say there. */
  readonly html: string;
}

export interface ReportContent {
  readonly name: string;
  readonly mode: string;
  readonly state: string;
  readonly createdAt: string;
  readonly question: string;
  readonly sections: readonly ReportSection[];
  readonly footer: string;
  /** Rules besides those of every report. */
  readonly style?: string;
}

/** Raw HTML and pictures of others stay out: a report runs nothing and asks nothing of the network. */
const markdown = new MarkdownIt({ html: false, linkify: false }).disable(['image']);

/** Notes of a person as HTML; their headings begin below the report's. */
export function notesHtml(notes: string): string {
  return markdown
    .render(notes)
    .replace(
      /<(\/?)h([1-6])>/g,
      (_, end: string, level: string) => `<${end}h${Math.min(6, Number(level) + 2)}>`,
    );
}

/** Complete HTML document. The same content and choice give the same bytes. */
export function reportPage(content: ReportContent, { leaveOut = [], notes = '' }: ReportChoice = {}): string {
  const { name, mode, state, createdAt } = content;
  const sections = [
    ...(notes.trim() === ''
      ? []
      : [{ id: 'notes', title: 'Notes', html: sectionHtml('notes', 'Notes', notesHtml(notes)) }]),
    ...content.sections,
  ].filter(({ id, html }) => html !== '' && !leaveOut.includes(id));
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join('');
  const badge = state === 'finished' ? '' : `<span class="badge">${state}</span>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}: study report</title>
<style>
${REPORT_STYLE}${content.style === undefined ? '' : `\n${content.style}`}
</style>
</head>
<body>
<a class="skip" href="#${sections[0]?.id ?? 'answer'}">Skip to the answer</a>
<div class="page">
<nav class="contents" aria-label="Contents"><h2>Contents</h2><ol>${links}</ol></nav>
<main class="sheet">
<header>
<div class="eyebrow"><span>Study report</span><span class="badge">${mode}</span>${badge}<span>${escapeHtml(createdAt)}</span></div>
<h1>${escapeHtml(name)}</h1>
${paragraph(content.question, 'lead')}
</header>
${sections.map(({ html }) => html).join('\n')}
<footer>${content.footer}</footer>
</main>
</div>
</body>
</html>
`;
}
