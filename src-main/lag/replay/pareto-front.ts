/** Two things to be small at once: regret and cost. */

/**
 * Which points no other point dominates: none is at most as large in both coordinates and smaller in one. Equal
 * points are all on the front. A null coordinate is never on it.
 */
export function paretoFront(
  points: readonly { readonly regret: number | null; readonly cost: number }[],
): boolean[] {
  const known = points.flatMap(({ regret, cost }, index) =>
    regret === null || !Number.isFinite(regret) ? [] : [{ regret, cost, index }],
  );
  known.sort((a, b) => a.cost - b.cost || a.regret - b.regret);
  const isOnFront = points.map(() => false);
  let least = Number.POSITIVE_INFINITY;
  let costOfLeast = Number.NaN;
  for (const { regret, cost, index } of known) {
    if (regret < least || (regret === least && cost === costOfLeast)) isOnFront[index] = true;
    if (regret < least) [least, costOfLeast] = [regret, cost];
  }
  return isOnFront;
}
