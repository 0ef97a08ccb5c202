/**
 * Random directions with the scale of the model itself: every filter of a Gaussian direction gets the norm of the
 * model's filter (Li et al. 2018, §4). Slices then look alike for models that differ only in how scale is spread
 * over layers. As there, biases and normalisation parameters do not move; a filter of zeros (the out-projections of
 * an identity layer) does not move either.
 */
import { normalArray, randomStream } from '../tensor/random.ts';
import type { ParameterSpace } from './parameter-space.ts';

/**
 * Direction `index` of a study, for this model. The Gaussian draw depends on seed, index and parameter name only, so
 * models of one architecture are looked at along the same draw.
 */
export function filterNormalisedDirection(
  space: ParameterSpace,
  point: Float32Array,
  seed: number,
  index: number | string,
): Float32Array {
  const direction = new Float32Array(space.size);
  for (const { name, shape, filterAxis, offset, size } of space.parameters) {
    if (filterAxis === null) continue;
    const draw = normalArray(randomStream(seed, 'landscape', 'direction', index, name), size, 1);
    const [rows, columns] = shape as [number, number];
    const [filters, length] = filterAxis === 0 ? [rows, columns] : [columns, rows];
    const [stride, step] = filterAxis === 0 ? [columns, 1] : [1, columns];
    for (let filter = 0; filter < filters; filter++) {
      let own = 0;
      let drawn = 0;
      for (let element = 0; element < length; element++) {
        const at = filter * stride + element * step;
        own += point[offset + at]! ** 2;
        drawn += draw[at]! ** 2;
      }
      const factor = drawn > 0 ? Math.sqrt(own / drawn) : 0;
      for (let element = 0; element < length; element++) {
        const at = filter * stride + element * step;
        direction[offset + at] = factor * draw[at]!;
      }
    }
  }
  return direction;
}
