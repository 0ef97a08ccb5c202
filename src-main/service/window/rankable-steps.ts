/** Steps at which candidates can be ranked: where every curve that still goes on was measured. */

/**
 * Ascending. A curve that diverged or stopped takes no step from the others; each curve must ascend. One pass over
 * all points, as there may be millions.
 */
export function rankableSteps(curves: readonly (readonly { readonly step: number }[])[]): number[] {
  const started = curves.filter((curve) => curve.length > 0);
  const counts = new Map<number, number>();
  for (const curve of started) for (const { step } of curve) counts.set(step, (counts.get(step) ?? 0) + 1);
  const ends = started.map((curve) => curve.at(-1)!.step).sort((a, b) => a - b);
  const steps = [...counts.keys()].sort((a, b) => a - b);
  let ended = 0;
  return steps.filter((step) => {
    while (ended < ends.length && ends[ended]! < step) ended++;
    return counts.get(step) === ends.length - ended;
  });
}
