/**
 * Executes a layer plan: source parameters → target parameters. For each target layer, in this order: the body
 * (deep copy, mean of two layers, fresh draw or zeros), then noise on copied and averaged weight matrices, then the
 * factors on the out-projections, weights and biases. Noise comes first so that an identity layer stays exact.
 *
 * Every draw is named by (seed, repeat, purpose, target tensor), not by the strategy: two strategies that put a
 * random layer at the same place get the same layer, so their difference is the operator and not the draw.
 */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { Exactness, LayerLineage, LayerPlan } from '../contract/layer-plan.ts';
import type { ParameterSpec } from '../model/parameter-layout.ts';
import { layerParameterName, parameterLayout } from '../model/parameter-layout.ts';
import { normalArray, randomStream } from '../tensor/random.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';
import { checkDepthOnly, checkPlan } from './plan-check.ts';
import { exactnessOf, normalForm, parentsOf } from './plan-normal-form.ts';

export interface GrowthSource {
  readonly architecture: Architecture;
  readonly parameters: TensorMap;
}

/** Which draws: `seed` is the study's, `repeat` counts paired repeats from 0. */
export interface GrowthDraw {
  readonly seed: number;
  readonly repeat: number;
}

export interface AppliedPlan {
  readonly parameters: Map<string, Float32Array>;
  /** One record per target layer, from the bottom. */
  readonly lineage: LayerLineage[];
  readonly exactness: Exactness;
}

/**
 * Grows `source` into `target` by `plan`. The result holds every target parameter and no other, shares no memory
 * with the source or between its tensors, and depends on nothing but the arguments.
 * @throws EspalierError `refused` (E_PLAN_LENGTH, E_ARCH_MISMATCH, or a source value that is not finite),
 *   `bad-input` (E_RANGE, or parameters that are not those of the source architecture)
 */
export function applyPlan(
  request: { source: GrowthSource; target: Architecture; plan: LayerPlan } & GrowthDraw,
): AppliedPlan {
  const { source, target, plan, seed, repeat } = request;
  checkPlan(plan, source.architecture.layers, target.layers);
  checkDepthOnly(source.architecture, target);
  checkDraw(request);
  checkTensors(source.architecture, source.parameters, 'parameter');
  const lineage = normalForm(plan);
  const parameters = new Map(
    parameterLayout(target).map((parameter) => {
      const layer = parameter.layer === null ? undefined : lineage[parameter.layer];
      const values = layer
        ? grownLayerTensor(source.parameters, parameter, layer, { seed, repeat })
        : tensorOf(source.parameters, parameter.name).slice();
      return [parameter.name, values];
    }),
  );
  return { parameters, lineage, exactness: exactnessOf(plan) };
}

function grownLayerTensor(
  source: TensorMap,
  parameter: ParameterSpec,
  layer: LayerLineage,
  draw: GrowthDraw,
): Float32Array {
  const values = layerBody(source, parameter, layer, draw);
  if (layer.noise > 0 && parameter.shape.length === 2) addNoise(values, layer.noise, parameter.name, draw);
  const factor = branchFactor(parameter, layer);
  // Plain zeros: 0 · (-1) would be -0.
  if (factor === 0) values.fill(0);
  else if (factor !== 1) for (let index = 0; index < values.length; index++) values[index]! *= factor;
  return values;
}

function layerBody(
  source: TensorMap,
  parameter: ParameterSpec,
  layer: LayerLineage,
  draw: GrowthDraw,
): Float32Array {
  switch (layer.kind) {
    case 'copy':
      return tensorOf(source, layerParameterName(layer.from ?? 0, parameter.role)).slice();
    case 'average':
      return meanOf(
        parentsOf(layer).map((from) => tensorOf(source, layerParameterName(from, parameter.role))),
      );
    case 'random':
      return freshParameter(parameter, draw);
    case 'zero':
      return new Float32Array(parameter.size);
    default:
      return layer.kind satisfies never;
  }
}

/** Element by element mean of tensors of one size, each sum taken in double precision and rounded once. */
export function meanOf(tensors: readonly Float32Array[]): Float32Array {
  const count = tensors.length;
  return Float32Array.from(
    { length: tensors[0]?.length ?? 0 },
    (_, index) => tensors.reduce((sum, values) => sum + values[index]!, 0) / count,
  );
}

/** The factor a layer puts on this tensor: its branch's factor for out-projections, 1 for all others. */
export function branchFactor(parameter: ParameterSpec, layer: LayerLineage): number {
  switch (parameter.role) {
    case 'attn.o.w':
    case 'attn.o.b':
      return layer.outScale;
    case 'mlp.down.w':
    case 'mlp.down.b':
      return layer.outScaleMlp;
    default:
      return 1;
  }
}

/** A parameter as the target's own initialiser makes it, from the stream (seed, repeat, init, name). */
export function freshParameter(parameter: ParameterSpec, draw: GrowthDraw): Float32Array {
  const { initial, name, size } = parameter;
  return initial.kind === 'constant'
    ? new Float32Array(size).fill(initial.value)
    : normalArray(randomStream(draw.seed, draw.repeat, 'init', name), size, initial.deviation);
}

function addNoise(values: Float32Array, noise: number, name: string, draw: GrowthDraw): void {
  let squares = 0;
  for (const value of values) squares += value * value;
  const deviation = noise * Math.sqrt(squares / values.length);
  const stream = randomStream(draw.seed, draw.repeat, 'noise', name);
  for (let index = 0; index < values.length; index++) values[index]! += deviation * stream.normal();
}

function tensorOf(tensors: TensorMap, name: string): Float32Array {
  const values = tensors.get(name);
  if (values === undefined) throw new EspalierError('failed', `The source holds no tensor ${name}`);
  return values;
}

/** Checks seed and repeat. @throws EspalierError `bad-input` */
export function checkDraw(draw: GrowthDraw): void {
  if (!Number.isSafeInteger(draw.seed))
    throw new EspalierError('bad-input', `The seed ${draw.seed} must be a whole number`);
  if (!Number.isSafeInteger(draw.repeat) || draw.repeat < 0)
    throw new EspalierError('bad-input', `The repeat ${draw.repeat} must be a whole number from 0`);
}

/**
 * Checks that `tensors` are exactly those of the architecture, and finite.
 * @param word what the tensors are, for the message: `parameter`, `moment m`, …
 * @throws EspalierError `bad-input` for a missing, surplus or wrongly sized tensor, `refused` for NaN or infinity
 */
export function checkTensors(architecture: Architecture, tensors: TensorMap, word: string): void {
  const layout = parameterLayout(architecture);
  const hint = 'Use the checkpoint of a model with this architecture.';
  for (const { name, size } of layout) {
    const values = tensors.get(name);
    if (values?.length !== size)
      throw new EspalierError(
        'bad-input',
        `The source's ${word} ${name} has ${values ? `${values.length} values` : 'no values'}; the architecture needs ${size}`,
        { hint },
      );
    if (!allFinite(values))
      throw new EspalierError(
        'refused',
        `The source's ${word} ${name} holds a value that is not finite; all must be finite`,
        { hint: 'Train the source again with a lower learning rate.' },
      );
  }
  if (tensors.size !== layout.length) {
    const known = new Set(layout.map((parameter) => parameter.name));
    const surplus = [...tensors.keys()].find((name) => !known.has(name));
    throw new EspalierError(
      'bad-input',
      `The source has a ${word} ${surplus}, which its architecture does not have`,
      { hint },
    );
  }
}

/** x − x is 0 for finite x, else NaN; four sums keep the processor busy, and a scan costs about a copy. */
function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = values.length - (values.length % 4);
  for (let index = 0; index < end; index += 4) {
    a += values[index]! - values[index]!;
    b += values[index + 1]! - values[index + 1]!;
    c += values[index + 2]! - values[index + 2]!;
    d += values[index + 3]! - values[index + 3]!;
  }
  for (let index = end; index < values.length; index++) a += values[index]! - values[index]!;
  return a + b + c + d === 0;
}
