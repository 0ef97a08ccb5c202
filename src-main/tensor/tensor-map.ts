/**
 * Named float32 arrays: the parameters of a model, or one Adam moment for each of them.
 * The shape of an entry is fixed by the parameter layout of its architecture (model/parameter-layout.ts).
 */
export type TensorMap = ReadonlyMap<string, Float32Array>;

/** A map with the same names whose arrays share no memory with the original. */
export function cloneTensors(tensors: TensorMap): Map<string, Float32Array> {
  return new Map(Array.from(tensors, ([name, values]) => [name, values.slice()]));
}

/** A map with the same names and sizes, all zero. */
export function zerosLike(tensors: TensorMap): Map<string, Float32Array> {
  return new Map(Array.from(tensors, ([name, values]) => [name, new Float32Array(values.length)]));
}
