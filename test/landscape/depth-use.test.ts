/** Depth use on a tiny Transformer in the reference runner: claims that hold to the last bit. */
import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { referenceProgramRunner } from '../../src-main/engine/reference-program-runner.ts';
import {
  changedLayers,
  earlyExits,
  withoutLayer,
  withSwappedLayers,
} from '../../src-main/landscape/depth-use.ts';
import { ProgramOracle } from '../../src-main/landscape/loss-oracle.ts';
import { pointOf, spaceOfArchitecture, viewsOf } from '../../src-main/landscape/parameter-space.ts';
import {
  earlyExitProgram,
  exitName,
  hiddenName,
  hiddenStatesProgram,
} from '../../src-main/model/landscape-programs.ts';
import { OUT_PROJECTION_ROLES } from '../../src-main/model/parameter-layout.ts';
import { evaluationProgram, gradientProgram } from '../../src-main/model/training-programs.ts';
import { tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';

const BATCHES = 2;
const spec = tinySpec({ layers: 3 });
const { architecture } = spec;
const batchSize = spec.evaluationBatchSize;
const space = spaceOfArchitecture(architecture);
const point = pointOf(space, tinyState(spec).parameters);
const batches = Array.from({ length: BATCHES }, (_, seed) => tinyTokens(spec, 1, batchSize, seed));

function oracleOf(of: Architecture): ProgramOracle {
  const own = { ...spec, architecture: of };
  return new ProgramOracle({
    runner: referenceProgramRunner,
    space: spaceOfArchitecture(of),
    programs: {
      loss: () => evaluationProgram(own),
      gradient: () => gradientProgram(own),
      product: () => evaluationProgram(own),
    },
    batches,
    batchSize,
    signal: new AbortController().signal,
    onRun: () => {},
  });
}

/** The model with the layers of `order` of the three. */
function rearranged(from: Float32Array, order: readonly number[]): { of: Architecture; point: Float32Array } {
  const tensors = viewsOf(space, from);
  const of = { ...architecture, layers: order.length };
  const own = new Map(
    spaceOfArchitecture(of).parameters.map(({ name }) => {
      const layer = /^h\.(\d+)\./.exec(name)?.[1];
      const origin = layer === undefined ? name : name.replace(`h.${layer}.`, `h.${order[Number(layer)]}.`);
      return [name, tensors.get(origin)!];
    }),
  );
  return { of, point: pointOf(spaceOfArchitecture(of), own) };
}

async function lossesOf(from: Float32Array, order: readonly number[]): Promise<Float64Array> {
  const model = rearranged(from, order);
  return oracleOf(model.of).batchLosses(model.point);
}

/** `from` with layer `layer` as an exact identity. */
function withIdentity(from: Float32Array, layer: number): Float32Array {
  const result = from.slice();
  const views = viewsOf(space, result);
  for (const role of OUT_PROJECTION_ROLES) views.get(`h.${layer}.${role}`)!.fill(0);
  return result;
}

describe('changedLayers', () => {
  it('skip a layer exactly as if the model had been built without it', async () => {
    const oracle = oracleOf(architecture);
    for (const layer of [0, 1, 2]) {
      const skipped = await oracle.batchLosses(withoutLayer(space, point, layer));
      expect(skipped).toEqual(
        await lossesOf(
          point,
          [0, 1, 2].filter((one) => one !== layer),
        ),
      );
    }
  });

  it('change nothing, bit for bit, when an identity layer is skipped', async () => {
    const grown = withIdentity(point, 1);
    const found = await changedLayers(oracleOf(architecture), grown, {
      layers: 3,
      change: withoutLayer,
      seed: 1,
    });
    expect(found.layers[1]!.loss).toBe(found.whole);
    expect(found.layers[1]!.change).toEqual({ estimate: 0, low: 0, high: 0 });
    expect(found.layers[0]!.loss).not.toBe(found.whole);
  });

  it('swap neighbours exactly as if the model had been built in that order', async () => {
    const found = await changedLayers(oracleOf(architecture), point, {
      layers: 2,
      change: withSwappedLayers,
      seed: 1,
    });
    const mean = (values: Float64Array): number => (values[0]! + values[1]!) / BATCHES;
    expect(found.layers.map(({ loss }) => loss)).toEqual([
      mean(await lossesOf(point, [1, 0, 2])),
      mean(await lossesOf(point, [0, 2, 1])),
    ]);
  });

  it('change nothing when two equal layers are swapped', async () => {
    const model = rearranged(point, [0, 1, 1]);
    const found = await changedLayers(oracleOf(architecture), model.point, {
      layers: 2,
      change: withSwappedLayers,
      seed: 1,
    });
    expect(found.layers[1]!.loss).toBe(found.whole);
    expect(found.layers[0]!.loss).not.toBe(found.whole);
  });
});

describe('withSwappedLayers', () => {
  it('undoes itself and leaves the original alone', () => {
    const before = point.slice();
    const swapped = withSwappedLayers(space, point, 0);
    expect(swapped).not.toEqual(point);
    expect(withSwappedLayers(space, swapped, 0)).toEqual(point);
    expect(point).toEqual(before);
  });

  it('does not confuse layer 1 with layer 10', () => {
    const deep = spaceOfArchitecture({ ...architecture, layers: 12 });
    const numbers = Float32Array.from({ length: deep.size }, (_, index) => index);
    const swapped = viewsOf(deep, withSwappedLayers(deep, numbers, 0));
    const original = viewsOf(deep, numbers);
    expect(swapped.get('h.1.ln1.g')).toEqual(original.get('h.0.ln1.g'));
    expect(swapped.get('h.10.ln1.g')).toEqual(original.get('h.10.ln1.g'));
  });
});

describe('earlyExitProgram', () => {
  it('gives the loss of the model cut off after each number of layers', async () => {
    const compiled = await referenceProgramRunner.compile(earlyExitProgram({ architecture, batchSize }));
    const exits = [0, 1, 2, 3].map(() => new Float64Array(BATCHES));
    for (const [batch, tokens] of batches.entries()) {
      const outputs = await compiled.run(
        new Map<string, Float32Array | Int32Array>(viewsOf(space, point)).set('tokens', tokens),
      );
      exits.forEach((losses, depth) => {
        losses[batch] = outputs.get(exitName(depth))![0]!;
      });
    }
    for (const depth of [0, 1, 2, 3])
      expect(exits[depth]).toEqual(await lossesOf(point, [0, 1, 2].slice(0, depth)));
    const found = earlyExits(exits, 1);
    expect(found.layers[3]).toMatchObject({ layer: 3, loss: found.whole, change: { estimate: 0 } });
  });

  it('computes every layer once, however many exits there are', () => {
    const matmuls = (layers: number): number =>
      earlyExitProgram({ architecture: { ...architecture, layers }, batchSize }).graph.nodes.filter(
        ({ op }) => op === 'matmul',
      ).length;
    // q, k, v, scores, mix, o, up, down and the head of the new exit.
    expect(matmuls(5) - matmuls(4)).toBe(9);
  });
});

describe('hiddenStatesProgram', () => {
  it('gives the residual stream that a model of fewer layers ends with', async () => {
    const inputs = new Map<string, Float32Array | Int32Array>(viewsOf(space, point)).set(
      'tokens',
      batches[0]!,
    );
    const states = await (
      await referenceProgramRunner.compile(hiddenStatesProgram({ architecture, batchSize }))
    ).run(inputs);
    const { of, point: shorter } = rearranged(point, [0, 1]);
    const own = new Map<string, Float32Array | Int32Array>(viewsOf(spaceOfArchitecture(of), shorter)).set(
      'tokens',
      batches[0]!,
    );
    const fewer = await (
      await referenceProgramRunner.compile(hiddenStatesProgram({ architecture: of, batchSize }))
    ).run(own);
    for (const depth of [0, 1, 2])
      expect(states.get(hiddenName(depth))).toEqual(fewer.get(hiddenName(depth)));
    expect(states.get(hiddenName(0))).not.toEqual(states.get(hiddenName(1)));
    // After no layer: token embedding plus position embedding.
    const { width } = architecture;
    const tensors = viewsOf(space, point);
    const second = batches[0]![1]!;
    for (let column = 0; column < width; column++)
      expect(states.get(hiddenName(0))![width + column]).toBe(
        tensors.get('wte')![second * width + column]! + tensors.get('wpe')![width + column]!,
      );
  });
});
