import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { ADAMW_MODULE_BASE64 } from '../../src-main/engine/adamw-wasm/adamw-bytes.ts';
import { stateLayout, WasmAdamW } from '../../src-main/engine/adamw-wasm/wasm-adamw.ts';
import type { AdamWSettings, StepScalars } from '../../src-main/model/adamw.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { normalArray, randomStream } from '../../src-main/tensor/random.ts';
import { assembleAdamW } from './assemble-adamw-wasm.ts';
import { tinySpec } from './tiny-model.ts';

const SETTINGS: AdamWSettings = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
};
const { architecture } = tinySpec({ width: 6, heads: 3, mlpRatio: 1.5 }); // sizes that are no multiples of 4

function filled(settings: AdamWSettings, seed: number, gradientScale: number): WasmAdamW {
  const optimizer = new WasmAdamW(architecture, settings);
  for (const part of ['parameters', 'momentM', 'momentV', 'gradients'] as const)
    for (const [name, view] of optimizer[part]) {
      const values = normalArray(randomStream(seed, part, name), view.length, 1);
      const scale = part === 'gradients' ? gradientScale : 1;
      view.set(values.map((value) => (part === 'momentV' ? value * value : value * scale)));
    }
  return optimizer;
}

const snapshot = (tensors: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map(Array.from(tensors, ([name, view]) => [name, view.slice()]));

/** The textbook update in float64 (Loshchilov & Hutter 2019, algorithm 2), without any rounding in between. */
function textbook(
  settings: AdamWSettings,
  { learningRate, correction1, correction2 }: StepScalars,
  [p, m, v, g]: readonly [number, number, number, number],
  decays: boolean,
): [p: number, m: number, v: number] {
  const nextM = settings.beta1 * m + (1 - settings.beta1) * g;
  const nextV = settings.beta2 * v + (1 - settings.beta2) * g * g;
  const decayed = p - (decays ? learningRate * settings.weightDecay * p : 0);
  const step = nextM / correction1 / (Math.sqrt(nextV / correction2) + settings.epsilon);
  return [decayed - learningRate * step, nextM, nextV];
}

describe('ADAMW_MODULE_BASE64', () => {
  it('is what adamw.wat assembles to', async () => {
    expect(Buffer.from(await assembleAdamW()).toString('base64')).toBe(ADAMW_MODULE_BASE64);
  });
});

describe('stateLayout', () => {
  it('places decayed tensors first, aligned and without overlap', () => {
    const { offsetBytes, sizes, groups, regionBytes } = stateLayout(architecture);
    const decayedBytes = groups[0]!.decayedEndBytes;
    const parameters = parameterLayout(architecture);
    expect(new Set(offsetBytes.keys())).toEqual(new Set(parameters.map(({ name }) => name)));
    for (const { name, decays } of parameters)
      expect(offsetBytes.get(name)! < decayedBytes, name).toBe(decays);
    let end = 0;
    for (const [name, offset] of [...offsetBytes].sort((a, b) => a[1] - b[1])) {
      expect(offset % 64).toBe(0);
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + 4 * sizes.get(name)!;
    }
    expect(regionBytes).toBeGreaterThanOrEqual(end);
  });
});

describe('WasmAdamW', () => {
  it('updates every value as the textbook does in float64', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e6 }),
          step: fc.integer({ min: 1, max: 5000 }),
          learningRate: fc.double({ min: 1e-5, max: 0.1, noNaN: true }),
          gradientScale: fc.constantFrom(1e-4, 1e-2, 1, 100),
          clipNorm: fc.constantFrom(1e-3, 1, 1e6),
          weightDecay: fc.constantFrom(0, 0.1, 1),
          epsilon: fc.constantFrom(1e-8, 1e-3),
        }),
        ({ seed, step, learningRate, gradientScale, clipNorm, weightDecay, epsilon }) => {
          const settings = { ...SETTINGS, clipNorm, weightDecay, epsilon };
          const optimizer = filled(settings, seed, gradientScale);
          const before = {
            p: snapshot(optimizer.parameters),
            m: snapshot(optimizer.momentM),
            v: snapshot(optimizer.momentV),
          };
          let squares = 0;
          for (const view of optimizer.gradients.values()) for (const g of view) squares += g * g;
          const scalars = stepScalars(settings, learningRate, step);

          const norm = optimizer.step([scalars]);
          expect(norm / Math.sqrt(squares)).toBeCloseTo(1, 12);

          const factor = Math.min(1, clipNorm / (Math.sqrt(squares) + 1e-6));
          for (const { name, size, decays } of parameterLayout(architecture))
            for (let index = 0; index < size; index++) {
              const old = [
                before.p.get(name)![index]!,
                before.m.get(name)![index]!,
                before.v.get(name)![index]!,
                factor * optimizer.gradients.get(name)![index]!,
              ] as const;
              const expected = textbook(settings, scalars, old, decays);
              const actual = [optimizer.parameters, optimizer.momentM, optimizer.momentV].map(
                (part) => part.get(name)![index]!,
              );
              // A sum of two terms can cancel; its rounding error is relative to the larger term.
              const scale = [
                Math.abs(old[0]) + learningRate * Math.abs(expected[0] - old[0]),
                Math.abs(old[1]) + Math.abs(old[3]),
                old[2] + old[3] ** 2,
              ];
              for (const [part, value] of expected.entries())
                expect(Math.abs(actual[part]! - value), `${name}[${index}] ${part}`).toBeLessThanOrEqual(
                  2e-6 * scale[part]! +
                    (part === 0 ? 1e-5 * Math.abs(value - old[0]) + 1e-7 * learningRate : 0),
                );
            }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('rounds each operation to float32 once, in the order of the graph form', () => {
    const optimizer = filled({ ...SETTINGS, clipNorm: 1e6 }, 7, 1);
    const [p, m, v] = [optimizer.parameters, optimizer.momentM, optimizer.momentV].map(snapshot);
    const scalars = stepScalars(SETTINGS, 3e-3, 11);
    optimizer.step([scalars]);
    const f = Math.fround;
    const [b1, r1, b2, r2] = [0.9, 1 - 0.9, 0.99, 1 - 0.99].map(f) as [number, number, number, number];
    const stepSize = f(f(scalars.learningRate) / f(scalars.correction1));
    const rootScale = f(1 / f(Math.sqrt(f(scalars.correction2))));
    for (const { name, size, decays } of parameterLayout(architecture)) {
      const kept = decays ? f(1 - f(f(3e-3) * f(0.1))) : 1;
      const expected = Float32Array.from({ length: size }, (_, index) => {
        const g = optimizer.gradients.get(name)![index]!;
        const nextM = f(f(m!.get(name)![index]! * b1) + f(g * r1));
        const nextV = f(f(v!.get(name)![index]! * b2) + f(f(g * g) * r2));
        const quotient = f(nextM / f(f(f(Math.sqrt(nextV)) * rootScale) + f(1e-8)));
        return f(f(p!.get(name)![index]! * kept) - f(quotient * stepSize));
      });
      expect(optimizer.parameters.get(name), name).toEqual(expected);
    }
  });

  it('spreads a gradient that is not finite to the norm and every parameter', () => {
    const optimizer = filled(SETTINGS, 3, 1);
    optimizer.gradients.get('wpe')![5] = Number.NaN;
    expect(optimizer.step([stepScalars(SETTINGS, 1e-3, 1)])).toBeNaN();
    for (const [name, view] of optimizer.parameters) expect(view.every(Number.isNaN), name).toBe(true);
  });

  it('refuses a state that does not fit into one WebAssembly memory', () => {
    const huge: Architecture = { ...architecture, width: 4096, heads: 32, mlpRatio: 4, layers: 4 };
    expect(() => new WasmAdamW(huge, SETTINGS)).toThrow(
      /takes 12\.\d GiB on the CPU; it must fit into 4 GiB/,
    );
  });
});
