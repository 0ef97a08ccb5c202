/** Where candidates are in a chart, and which is nearest to the pointer. Pure. */

export interface Spot {
  readonly strategy: string;
  /** Pixels from the left and the top of the chart. */
  readonly x: number;
  readonly y: number;
}

/** Farther than this, in pixels, nothing is hit. */
const REACH = 24;

/** Nearest spot within reach; of those as near the first. */
export function nearestSpot(spots: readonly Spot[], x: number, y: number): string | null {
  let [found, least]: [string | null, number] = [null, REACH];
  for (const spot of spots) {
    const distance = Math.hypot(spot.x - x, spot.y - y);
    if (distance < least) [found, least] = [spot.strategy, distance];
  }
  return found;
}
