/** A loss curve of 200 steps that every engine must follow: the reference's, within a band. */
import type { TrainingEngine } from '../../src-main/engine/engine.ts';
import { referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

const STEPS = 200;
/** So many different batches, over and over, so that there is something to learn. */
const BATCHES = 50;
const LEARNING_RATE = 1e-3;

/**
 * Largest distance of two training losses in nats. Float32 rounds every sum, and AdamW's update of a parameter with a
 * tiny gradient takes its sign from that rounding; over 200 steps the engines of the CPU drift
 * 1e-5 to 3e-5 from the reference.
 */
export const CURVE_BAND = 2e-4;

export async function lossCurve(engine: TrainingEngine): Promise<Float32Array> {
  const spec = tinySpec({}, { clipNorm: 0.5 });
  const model = await engine.compile(spec);
  const session = await model.open(tinyState(spec));
  const batches = tinyTokens(spec, BATCHES, spec.batchSize);
  const tokens = new Int32Array((batches.length / BATCHES) * STEPS);
  for (let start = 0; start < tokens.length; start += batches.length)
    tokens.set(batches.subarray(0, Math.min(batches.length, tokens.length - start)), start);
  const scalars = Array.from({ length: STEPS }, (_, step) =>
    stepScalars(spec.optimizer, LEARNING_RATE * Math.min(1, (step + 1) / 20), step + 1),
  );
  const { losses } = await session.train(tokens, scalars);
  await session.dispose();
  await model.dispose();
  return losses;
}

let reference: Promise<Float32Array> | undefined;
export const referenceCurve = (): Promise<Float32Array> => {
  reference ??= lossCurve(referenceEngine);
  return reference;
};
