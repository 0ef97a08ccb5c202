/** What the charts of a landscape share: context, the look of a model, headings. */
import type { LandscapeAnalysis, LandscapePlace } from '../contract/landscape.ts';
import type { Area, ChartSize } from './chart-layout.ts';
import { shortName } from './chart-layout.ts';
import { type Graphic, textAt } from './chart-parts.ts';
import { panelHeading } from './landscape-panels.ts';
import { nameOfModel, placeInWords } from './landscape-tables.ts';
import type { Look, Palette } from './theme.ts';

export interface LandscapeContext {
  readonly size: ChartSize;
  readonly palette: Palette;
  /** Looks by strategy (theme.ts assignLooks). */
  readonly looks: ReadonlyMap<string, Look>;
}

/** The source is drawn like a control: it is no candidate. */
export const SOURCE_LOOK: Look = { token: 'text-2', dash: [2, 2], marker: 'circle' };
export const lookOf = (strategy: string | null, looks: ReadonlyMap<string, Look>): Look =>
  (strategy === null ? undefined : looks.get(strategy)) ?? SOURCE_LOOK;

/** Name of a model above its place. */
export function twoLineHeading(
  area: Area,
  model: { readonly strategy: string | null; readonly place: LandscapePlace; readonly subject: string },
  analysis: LandscapeAnalysis,
  palette: Palette,
): Graphic[] {
  const isSource = model.strategy === null;
  return [
    panelHeading(
      { ...area, top: area.top - 13 },
      isSource ? 'Source' : shortName(nameOfModel(model), 18),
      palette,
    ),
    textAt(
      area.left,
      area.top - 11,
      isSource ? 'trained' : placeInWords(model.place, analysis),
      palette('text-2'),
    ),
  ];
}

/** The source after the others: what was grown then stands in pairs, growing point and lag side by side. */
export function sourceLast<Model extends { readonly strategy: string | null }>(
  models: readonly Model[],
): Model[] {
  return models.toSorted((a, b) => Number(a.strategy === null) - Number(b.strategy === null));
}
