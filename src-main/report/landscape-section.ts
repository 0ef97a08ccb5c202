/** The landscape part of the HTML report: charts, each with its numbers as a table, and what to make of them. */
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import type { ChartSize } from './chart-layout.ts';
import type { ChartOption } from './chart-parts.ts';
import { figureHtml, keyHtml, paragraph, sectionHtml, tableHtml } from './html-parts.ts';
import { SOURCE_LOOK } from './landscape-context.ts';
import {
  curvatureNote,
  figuresOf,
  type LandscapeFigure,
  landscapeCost,
  landscapeIntroduction,
  strategiesIn,
} from './landscape-figures.ts';
import type { LandscapeTable } from './landscape-tables.ts';
import { gradientTable, modelTable } from './landscape-tables.ts';
import { escapeHtml } from './markup.ts';
import { cssPalette, type Look } from './theme.ts';

type Looks = ReadonlyMap<string, Look>;

/** Chart widths of figureHtml, for heights that follow from the width. */
const WIDE = 768;
const NARROW = 352;

export function landscapeSection(analysis: LandscapeAnalysis, looks: Looks): string {
  return sectionHtml(
    'landscape',
    'Loss landscape',
    [
      paragraph(landscapeIntroduction(analysis)),
      legend(analysis, looks),
      ...figures(analysis, looks),
      modelsPart(analysis),
      ...analysis.missing.map(({ subject, reason }) =>
        paragraph(`${subject} could not be looked at: ${reason}`, 'note'),
      ),
      paragraph(landscapeCost(analysis), 'note'),
    ].join('\n'),
  );
}

/** Strategies by look, the source beside them. */
function legend(analysis: LandscapeAnalysis, looks: Looks): string {
  const items = strategiesIn(analysis).map(
    (strategy) =>
      `<li>${keyHtml((strategy === null ? undefined : looks.get(strategy)) ?? SOURCE_LOOK)}<span>${escapeHtml(strategy ?? 'source')}</span></li>`,
  );
  return items.length === 0 ? '' : `<ul class="legend">${items.join('')}</ul>`;
}

function figures(analysis: LandscapeAnalysis, looks: Looks): string[] {
  const draw =
    (option: LandscapeFigure['draw']) =>
    (size: ChartSize): ChartOption | null =>
      option(analysis, { size, palette: cssPalette, looks });
  return figuresOf(analysis).map(
    ({ id, heading, description, height, draw: option, tables }) =>
      `<h3>${escapeHtml(heading)}</h3>${figureHtml({
        id: `landscape-${id}`,
        title: heading,
        description,
        wideHeight: Math.round(height(analysis, WIDE)),
        narrowHeight: Math.round(height(analysis, NARROW)),
        draw: draw(option),
        tableHtml: tables.map(toHtml).join(''),
      })}`,
  );
}

/** Numbers that are better read than seen. */
function modelsPart(analysis: LandscapeAnalysis): string {
  if (analysis.sharpness.length + analysis.gradients.length === 0) return '';
  return [
    '<h3>Curvature and gradient noise</h3>',
    toHtml(modelTable(analysis)),
    paragraph(curvatureNote(analysis), 'note'),
    ...(analysis.gradients.length > 0
      ? [
          `<details><summary>Table: gradient norms by part</summary>${toHtml(gradientTable(analysis))}</details>`,
        ]
      : []),
  ].join('');
}

function toHtml({ title, header, rows, textColumns }: LandscapeTable): string {
  return tableHtml(
    title,
    header.map((text, index) => ({ header: text, isNumber: index >= textColumns })),
    rows.map((cells) => ({ html: cells.map(escapeHtml) })),
  );
}
