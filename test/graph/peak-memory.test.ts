import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { peakBytes } from '../../src-main/graph/peak-memory.ts';
import { accumulateProgram } from '../../src-main/model/accumulation-programs.ts';
import { evaluationBytes, passBytes } from '../../src-main/model/training-memory.ts';
import { evaluationProgram, gradientProgram } from '../../src-main/model/training-programs.ts';
import { tinySpec } from '../engine/tiny-model.ts';

describe('peakBytes', () => {
  it('counts what lives at once: a chain needs two values, whatever its length', () => {
    const b = new GraphBuilder();
    let x = b.input('x', [100]);
    for (let step = 0; step < 10; step++) x = b.exp(x);
    expect(peakBytes(graphOf(new Map([['y', x]])))).toBe(2 * 400);
  });

  it('keeps a value until its last use, and results to the end', () => {
    const b = new GraphBuilder();
    const early = b.exp(b.input('x', [100]));
    const result = b.negate(early);
    const sum = b.sumAll(b.multiply(b.tanh(early), early));
    // exp, its negative (a result), tanh and the product
    expect(
      peakBytes(
        graphOf(
          new Map([
            ['result', result],
            ['sum', sum],
          ]),
        ),
      ),
    ).toBe(4 * 400);
  });

  it('takes a reshaped value for the same one, and counts no inputs and constants', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [10, 10]);
    const flat = b.reshape(b.add(x, b.constant(new Float32Array(100), [10, 10])), [100]);
    expect(peakBytes(graphOf(new Map([['flat', flat]])))).toBe(400);
    expect(peakBytes(graphOf(new Map([['same', b.reshape(x, [100])]])))).toBe(0);
  });
});

describe('passBytes', () => {
  it('is that of the whole graph at any depth', () => {
    for (const changes of [{}, { activation: 'relu', tiedEmbedding: false, attentionBias: false }] as const)
      for (const layers of [0, 1, 2, 3, 4, 7]) {
        const { architecture, ...spec } = tinySpec({ ...changes, layers });
        expect(passBytes(architecture, { batchSize: spec.batchSize }), `${layers} layers`).toBe(
          peakBytes(gradientProgram({ architecture, ...spec }).graph),
        );
        const again = { batchSize: spec.batchSize, recompute: true };
        expect(passBytes(architecture, again), `${layers} layers, computed again`).toBe(
          peakBytes(gradientProgram({ architecture, ...spec, ...again }).graph),
        );
        const inParts = { batchSize: 6, accumulationSteps: 3 };
        expect(passBytes(architecture, inParts), `${layers} layers, in parts`).toBe(
          peakBytes(accumulateProgram({ architecture, ...spec, ...inParts }, 'separate').graph),
        );
        expect(evaluationBytes(architecture, spec.evaluationBatchSize), `${layers} layers, evaluation`).toBe(
          peakBytes(evaluationProgram({ architecture, ...spec }).graph),
        );
      }
  });

  it('is that of the whole graph for a long context, without building it', () => {
    const { architecture, ...spec } = tinySpec({ context: 2048, layers: 4, heads: 1 });
    const whole = peakBytes(gradientProgram({ architecture, ...spec, batchSize: 1 }).graph);
    expect(passBytes(architecture, { batchSize: 1 })).toBe(whole);
    expect(passBytes({ ...architecture, context: 1_000_000 }, { batchSize: 1 })).toBeGreaterThan(1e13);
  });
});
