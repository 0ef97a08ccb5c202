/** How far a model has moved from where it began, as one number. */
import type { TensorMap } from '../tensor/tensor-map.ts';

/**
 * ‖θ − θ₀‖₂ / ‖θ₀‖₂ over all values of all tensors, summed in float64 in the order of the origin's tensors, so
 * that equal tensors give equal bits. Null when every value of the origin is zero; NaN or infinite when a
 * parameter is.
 * @param parameters Tensors with the names and sizes of `origin`, in any order.
 */
export function weightDistance(parameters: TensorMap, origin: TensorMap): number | null {
  let difference = 0;
  let norm = 0;
  for (const [name, start] of origin) {
    const now = parameters.get(name)!;
    for (let index = 0; index < start.length; index++) {
      const value = start[index]!;
      const moved = now[index]! - value;
      difference += moved * moved;
      norm += value * value;
    }
  }
  return norm === 0 ? null : Math.sqrt(difference) / Math.sqrt(norm);
}
