/** What every device that multiplies in 16 bits must keep to, against the reference interpreter in the same precision. */
import { describe, expect, it } from 'vitest';
import type { ProductPrecision } from '../../src-main/contract/compute.ts';
import type { CompiledGroup } from '../../src-main/engine/engine.ts';
import { referenceEngine } from '../../src-main/engine/reference-engine.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

const STEPS = 10;

/** Relative rounding error of one value. */
const UNIT: Readonly<Record<ProductPrecision, number>> = {
  float32: 2 ** -24,
  float16: 2 ** -11,
  bfloat16: 2 ** -8,
};

export function describePrecision(
  name: string,
  compile: (spec: TrainingSpec, count: number) => Promise<CompiledGroup>,
  precisions: readonly ProductPrecision[],
): void {
  const specOf = (precision: ProductPrecision): TrainingSpec => ({ ...tinySpec(), precision });

  async function reference(precision: ProductPrecision) {
    const spec = specOf(precision);
    const session = await (await referenceEngine.compile(spec)).open(tinyState(spec));
    const results = await session.train(tinyTokens(spec, STEPS, spec.batchSize), tinyScalars(spec, STEPS));
    return { ...results, parameters: await session.readParameters() };
  }

  async function own(precision: ProductPrecision, count: number) {
    const spec = specOf(precision);
    const model = await compile(spec, count);
    const group = await model.open(Array.from({ length: count }, (_, index) => tinyState(spec, index + 1)));
    const results = await group.train(tinyTokens(spec, STEPS, spec.batchSize), tinyScalars(spec, STEPS));
    const states = await group.read();
    const evaluation = await group.evaluate(tinyTokens(spec, 2, spec.evaluationBatchSize, 2));
    await group.dispose();
    await model.dispose();
    return { ...results[0]!, parameters: states[0]!.parameters, evaluation: evaluation[0]! };
  }

  describe(`products in 16 bits on ${name}`, () => {
    for (const precision of precisions) {
      it(`trains in ${precision} as the reference does in it, and not as in float32`, async () => {
        const [here, there, exact] = [
          await own(precision, 1),
          await reference(precision),
          await reference('float32'),
        ];
        const unit = UNIT[precision];
        const first = (values: Float32Array): Float32Array => values.subarray(0, 1);
        expect(relativeError(first(here.losses), first(there.losses))).toBeLessThan(unit / 8);
        expect(relativeError(first(here.gradientNorms), first(there.gradientNorms))).toBeLessThan(16 * unit);
        // Small gradients hang on the last place of large ones, and Adam makes whole steps of them. How single
        // products are rounded is tested with the lowering (test/onnx/op-parity.test.ts).
        expect(relativeError(here.losses, there.losses)).toBeLessThan(16 * unit);
        // Not a float32 step under another name.
        expect(relativeError(first(here.gradientNorms), first(exact.gradientNorms))).toBeGreaterThan(
          unit / 64,
        );
      });

      it(`trains two candidates in ${precision} in one graph, the first of them as it does alone`, async () => {
        const [alone, together] = [await own(precision, 1), await own(precision, 2)];
        expect(relativeError(together.losses, alone.losses)).toBeLessThan(16 * UNIT[precision]);
      });
    }

    it('evaluates in float32 whatever it trains in', async () => {
      const precision = precisions[0]!;
      const spec = specOf(precision);
      const { parameters, evaluation } = await own(precision, 1);
      const session = await (await referenceEngine.compile(tinySpec())).open({
        ...tinyState(spec),
        parameters,
      });
      const exact = await session.evaluate(tinyTokens(spec, 2, spec.evaluationBatchSize, 2));
      expect(relativeError(evaluation, exact)).toBeLessThan(1e-5);
    });
  });
}
