/** Moving the lag cursor among the steps at which candidates can be ranked. */

/** The step nearest to a wanted one, the earlier of two as near; null when there is none to stand on. */
export function nearestStep(steps: readonly number[], wanted: number): number | null {
  let nearest: number | null = null;
  for (const step of steps)
    if (nearest === null || Math.abs(step - wanted) < Math.abs(nearest - wanted)) nearest = step;
  return nearest;
}

/**
 * The step `by` places further (negative: back), held at the ends; between two steps the first move goes to the
 * neighbour. Null without steps.
 */
export function steppedLag(steps: readonly number[], lag: number, by: number): number | null {
  if (steps.length === 0) return null;
  const after = steps.findIndex((step) => step > lag);
  const above = after < 0 ? steps.length : after;
  const at = by > 0 ? above - 1 + by : steps.filter((step) => step < lag).length + by;
  return steps[Math.min(steps.length - 1, Math.max(0, at))]!;
}
