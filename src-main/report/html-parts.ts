/** Building blocks of the HTML report. Arguments named `html` are already safe; everything else is escaped here. */
import type { CandidateAnalysis } from '../contract/analysis.ts';
import type { ChartSize } from './chart-layout.ts';
import type { ChartOption } from './chart-parts.ts';
import { chartSvg } from './chart-svg.ts';
import { standingOf } from './findings.ts';
import { escapeHtml } from './markup.ts';
import type { Look, Marker } from './theme.ts';

export interface Column {
  readonly header: string;
  /** Right-aligned figures. */
  readonly isNumber?: boolean;
}

export interface Row {
  /** One safe cell for each column; the first is the row header. */
  readonly html: readonly string[];
  readonly className?: string;
}

/** A table with caption and scopes in a region that scrolls sideways where it must. */
export function tableHtml(
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
  options: { isCaptionHidden?: boolean } = {},
): string {
  const numeric = (index: number): string => (columns[index]?.isNumber ? ' class="num"' : '');
  const head = columns
    .map(({ header }, index) => `<th scope="col"${numeric(index)}>${escapeHtml(header)}</th>`)
    .join('');
  const body = rows
    .map(({ html, className }) => {
      const cells = html.map((cell, index) =>
        index === 0 ? `<th scope="row">${cell}</th>` : `<td${numeric(index)}>${cell}</td>`,
      );
      return `<tr${className ? ` class="${className}"` : ''}>${cells.join('')}</tr>`;
    })
    .join('\n');
  const hidden = options.isCaptionHidden ? ' class="hidden"' : '';
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table><caption${hidden}><span>${escapeHtml(caption)}</span></caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** A list of terms and values. */
export function factsHtml(facts: readonly (readonly [string, string])[], className = 'facts'): string {
  const items = facts.map(
    ([term, value]) => `<div><dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="${className}">${items.join('')}</dl>`;
}

export const paragraph = (text: string, className = ''): string =>
  `<p${className ? ` class="${className}"` : ''}>${escapeHtml(text)}</p>`;

/** A numbered part of the report. */
export function sectionHtml(id: string, title: string, html: string): string {
  return `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${escapeHtml(title)}</h2>\n${html}\n</section>`;
}

/** Chart widths for screens that are wide or narrow; the style sheet shows one of the two. */
const WIDE = 768;
const NARROW = 352;

/**
 * A figure with its chart drawn for wide and for narrow screens, a caption, and the same data as a table.
 * Without a drawing only the caption and the table remain.
 */
export function figureHtml(figure: {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly wideHeight: number;
  readonly narrowHeight: number;
  readonly draw: (size: ChartSize) => ChartOption | null;
  readonly tableHtml: string;
}): string {
  const { id, title, description } = figure;
  const drawn = (name: string, size: ChartSize): string => {
    const option = figure.draw(size);
    return option === null
      ? ''
      : `<div class="${name}">${chartSvg(option, size, { id: `${id}-${name}`, title, description })}</div>`;
  };
  const wide = drawn('wide', { width: WIDE, height: figure.wideHeight });
  const narrow = drawn('narrow', { width: NARROW, height: figure.narrowHeight });
  return `<figure>${wide}${narrow}<figcaption>${escapeHtml(description)}</figcaption><details><summary>Table: ${escapeHtml(title.toLowerCase())}</summary>${figure.tableHtml}</details></figure>`;
}

const MARKERS: Readonly<Record<Marker, string>> = {
  circle: '<circle cx="13" cy="6" r="3"/>',
  square: '<rect x="10" y="3" width="6" height="6"/>',
  triangle: '<path d="M13 2.2L16.8 9.4H9.2Z"/>',
  diamond: '<path d="M13 1.8L17 6L13 10.2L9 6Z"/>',
  cross: '<path d="M10.4 3.4L15.6 8.6M15.6 3.4L10.4 8.6" class="stroke"/>',
};

/** Sample of a candidate's line: colour, dash and marker as in the charts. */
export function keyHtml(look: Look): string {
  const dash = look.dash.length === 0 ? '' : ` stroke-dasharray="${look.dash.join(' ')}"`;
  return `<svg class="key" width="26" height="12" viewBox="0 0 26 12" aria-hidden="true" style="color:var(--${look.token})"><path d="M1 6H25" class="stroke"${dash}/>${MARKERS[look.marker]}</svg>`;
}

/** Key, name and standing of a candidate, for the first cell of a row. */
export function nameHtml(candidate: CandidateAnalysis, look: Look | undefined): string {
  const standing = standingOf(candidate);
  const kind = { chosen: 'ok', tied: 'warn', diverged: 'bad', failed: 'bad' }[standing] ?? '';
  const badge = standing === '' ? '' : ` <span class="badge ${kind}">${escapeHtml(standing)}</span>`;
  return `<span class="name">${look ? keyHtml(look) : ''}<span class="label">${escapeHtml(candidate.strategy)}</span>${badge}</span>`;
}
