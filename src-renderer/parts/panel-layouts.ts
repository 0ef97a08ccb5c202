/**
 * Side panels of the views and how wide they may be, in pixels. What is left goes to the middle, which keeps its least
 * width: panels give way in proportion to what they have above their own least. Pure.
 */

export interface SidePanel {
  /** Without a choice of the person. */
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  /** Which edge of the panel moves. */
  readonly edge: 'left' | 'right';
}

export interface PanelLayout {
  /** Least width of the middle, with the gaps and paddings of the row. */
  readonly middle: number;
  readonly panels: Readonly<Record<string, SidePanel>>;
}

/** Panels stand in a row from this width of the window on; below it the style sheets of the views arrange them. */
export const ROW_FROM = 1280;

export const PANEL_LAYOUTS = {
  designer: {
    middle: 600,
    panels: {
      operators: { usual: 208, least: 184, most: 400, edge: 'right' },
      facts: { usual: 264, least: 232, most: 480, edge: 'left' },
    },
  },
  dynamics: {
    middle: 440,
    panels: {
      ranking: { usual: 540, least: 400, most: 860, edge: 'left' },
      decision: { usual: 284, least: 248, most: 480, edge: 'left' },
    },
  },
  timeline: {
    middle: 560,
    panels: { side: { usual: 404, least: 316, most: 720, edge: 'left' } },
  },
  studies: {
    middle: 520,
    panels: {
      places: { usual: 184, least: 176, most: 360, edge: 'right' },
      comparison: { usual: 348, least: 300, most: 720, edge: 'left' },
    },
  },
} as const satisfies Readonly<Record<string, PanelLayout>>;

export type PanelView = keyof typeof PANEL_LAYOUTS;
export type PanelName<View extends PanelView = PanelView> = View extends PanelView
  ? Extract<keyof (typeof PANEL_LAYOUTS)[View]['panels'], string>
  : never;

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/**
 * Widths of the panels that are shown.
 * @param chosen widths the person chose; others are as usual
 * @param room of the whole row
 * @param shown names of the panels in the row
 */
export function fittedWidths(
  layout: PanelLayout,
  chosen: Readonly<Record<string, number>>,
  room: number,
  shown: readonly string[],
): Record<string, number> {
  const wanted = shown.map((name) => {
    const { usual, least, most } = panelOf(layout, name);
    return { name, least, width: clamp(Math.round(chosen[name] ?? usual), least, most) };
  });
  const surplus = wanted.reduce((sum, { width }) => sum + width, layout.middle) - room;
  const slack = wanted.reduce((sum, { width, least }) => sum + width - least, 0);
  const share = surplus > 0 && slack > 0 ? Math.min(1, surplus / slack) : 0;
  return Object.fromEntries(
    wanted.map(({ name, least, width }) => [name, width - Math.ceil((width - least) * share)]),
  );
}

/** The widest that a panel may become while the others stay as they are. */
export function mostWidth(
  layout: PanelLayout,
  widths: Readonly<Record<string, number>>,
  room: number,
  name: string,
): number {
  const { least, most } = panelOf(layout, name);
  const others = Object.entries(widths).reduce(
    (sum, [other, width]) => sum + (other === name ? 0 : width),
    0,
  );
  return clamp(room - layout.middle - others, least, most);
}

function panelOf(layout: PanelLayout, name: string): SidePanel {
  const panel = layout.panels[name];
  if (!panel) throw new RangeError(`there is no panel ${name} in this view`);
  return panel;
}
