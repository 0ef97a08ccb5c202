/**
 * Twenty AdamW steps against PyTorch (test/fixtures/pytorch/golden_training.py, float64). The reference engine
 * rounds the state to float32 after each step and keeps factors such as β1 as float32 constants, so losses agree
 * to about 1e-6 and parameter sums to 1e-4; a wrong gradient, decay or clip shows at 1e-2 or more.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import type { TrainingEngine } from '../../src-main/engine/engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { stepScalars } from '../../src-main/model/adamw.ts';
import { parameterLayout } from '../../src-main/model/parameter-layout.ts';
import { zerosLike } from '../../src-main/tensor/tensor-map.ts';

interface Golden {
  shape: {
    width: number;
    heads: number;
    context: number;
    vocabulary: number;
    layers: number;
    mlpRatio: number;
    batchSize: number;
    steps: number;
  };
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  clipNorm: number;
  runs: {
    activation: 'gelu' | 'relu';
    tiedEmbedding: boolean;
    attentionBias: boolean;
    losses: number[];
    gradientNorms: number[];
    checksums: Record<string, [sum: number, squares: number, first: number]>;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch/golden-training.json', import.meta.url), 'utf8'),
) as Golden;

/** The whole-number formulas of the script. */
function initialParameters(architecture: Architecture): Map<string, Float32Array> {
  return new Map(
    parameterLayout(architecture).map(({ name, size }, index) => {
      const centre = name.endsWith('.g') ? 1 : 0;
      const value = (i: number): number =>
        ((i * 7919 + index * 104729 + 13 * ((i * i) % 101)) % 1000) / 1000 - 0.4995;
      return [name, Float32Array.from({ length: size }, (_, i) => value(i) * 0.4 + centre)];
    }),
  );
}

function tokensOfStep(step: number): number[] {
  const { batchSize, context, vocabulary } = golden.shape;
  return Array.from(
    { length: batchSize * (context + 1) },
    (_, i) => ((step * 131 + i) * 31 + i * i * 7) % vocabulary,
  );
}

const ENGINES: { name: string; engine: TrainingEngine; loss: number; parameters: number }[] = [
  { name: 'reference', engine: referenceEngine, loss: 2e-6, parameters: 1e-4 },
  {
    name: 'onnxruntime cpu',
    engine: onnxRuntimeEngine({ device: 'cpu', threads: 1 }),
    loss: 2e-5,
    parameters: 1e-3,
  },
];

describe('twenty training steps', () => {
  for (const { name, engine, loss, parameters } of ENGINES)
    for (const run of golden.runs) {
      const { activation, tiedEmbedding, attentionBias } = run;
      it(`equal PyTorch's: ${name}, ${activation}, ${tiedEmbedding ? 'tied' : 'untied'}, ${attentionBias ? 'biases' : 'no attention biases'}`, async () => {
        const { steps, batchSize, ...shape } = golden.shape;
        const architecture: Architecture = { ...shape, activation, tiedEmbedding, attentionBias, dropout: 0 };
        const optimizer = golden;
        const model = await engine.compile({ architecture, optimizer, batchSize, evaluationBatchSize: 1 });
        const initial = initialParameters(architecture);
        const session = await model.open({
          parameters: initial,
          momentM: zerosLike(initial),
          momentV: zerosLike(initial),
        });
        const result = await session.train(
          Int32Array.from(Array.from({ length: steps }, (_, step) => tokensOfStep(step)).flat()),
          Array.from({ length: steps }, (_, step) => stepScalars(optimizer, golden.learningRate, step + 1)),
        );
        const state = await session.read();
        await session.dispose();
        await model.dispose();
        for (let step = 0; step < steps; step++) {
          expect(Math.abs(result.losses[step]! - run.losses[step]!), `loss at step ${step}`).toBeLessThan(
            loss,
          );
          expect(
            Math.abs(result.gradientNorms[step]! / run.gradientNorms[step]! - 1),
            `norm at step ${step}`,
          ).toBeLessThan(10 * loss);
        }
        for (const [tensor, [sum, squares, first]] of Object.entries(run.checksums)) {
          if (tensor.endsWith('attn.k.b')) continue; // its true gradient is zero; Adam turns rounding into steps
          const values = [...state.parameters.get(tensor)!];
          const scale = Math.sqrt(values.length * squares);
          expect(Math.abs(values.reduce((a, b) => a + b, 0) - sum) / scale, `sum of ${tensor}`).toBeLessThan(
            parameters,
          );
          expect(
            Math.abs(values.reduce((a, b) => a + b * b, 0) / squares - 1),
            `squares of ${tensor}`,
          ).toBeLessThan(parameters);
          expect(Math.abs(values[0]! - first), `first of ${tensor}`).toBeLessThan(10 * parameters);
        }
      });
    }
});
