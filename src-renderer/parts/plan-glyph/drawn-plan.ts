/** Drawings of layer plans, kept by plan, source depth and size: a table shows the same few plans many times. */
import {
  describePlan,
  type GlyphShape,
  glyphShape,
  readPlanWords,
} from '../../../src-main/report/glyph-shape.ts';

export interface DrawnPlan {
  readonly shape: GlyphShape;
  /** The plan in words. */
  readonly name: string;
}

/** Drawings kept; the oldest leaves first. */
export const KEPT_DRAWINGS = 2000;
const ROW_WIDTH = 144;
const CARD_WIDTH = 240;

const kept = new Map<string, DrawnPlan | null>();

/**
 * The drawing of a plan in shorthand, null when the text is no plan. `height` and `maxWidth` in pixels; the width
 * is limited to 144 in rows and 240 on cards unless given.
 */
export function drawnPlan(
  plan: string,
  sourceLayers: number,
  height: number,
  maxWidth: number = height < 28 ? ROW_WIDTH : CARD_WIDTH,
): DrawnPlan | null {
  const key = `${sourceLayers} ${height} ${maxWidth} ${plan}`;
  const earlier = kept.get(key);
  if (earlier !== undefined) return earlier;
  const entries = readPlanWords(plan);
  const drawn =
    entries === null
      ? null
      : { shape: glyphShape(entries, sourceLayers, { height, maxWidth }), name: describePlan(entries) };
  const oldest = kept.size >= KEPT_DRAWINGS ? kept.keys().next().value : undefined;
  if (oldest !== undefined) kept.delete(oldest);
  kept.set(key, drawn);
  return drawn;
}
