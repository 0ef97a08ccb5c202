/**
 * Weights of the mean height of a curve by the trapezoidal rule: Σ weight·value is the area over the steps divided
 * by their span, whatever the spacing.
 *
 * @param steps Ascending, at least one; a single step gets the whole weight.
 */
export function trapezoidWeights(steps: readonly number[]): number[] {
  const last = steps.length - 1;
  const span = steps[last]! - steps[0]!;
  if (last === 0 || span === 0) return steps.map(() => 1 / steps.length);
  return steps.map(
    (_, index) => (steps[Math.min(index + 1, last)]! - steps[Math.max(index - 1, 0)]!) / (2 * span),
  );
}
