/**
 * Whether kernels compute what they should on this processor. Those for the widest vectors may have been built on a
 * machine that could not run them, so the gradients of a tiny model are held against the reference interpreter first.
 */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import { initialParameters } from '../model/parameter-layout.ts';
import { gradientProgram } from '../model/training-programs.ts';
import { randomStream } from '../tensor/random.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { NativeLibrary } from './native-library.ts';
import { NativePrograms } from './native-program.ts';
import { evaluateGraph } from './reference-engine.ts';

/** No size is a multiple of a vector's: remainders are what goes wrong. */
const ARCHITECTURE: Architecture = {
  width: 22,
  heads: 2,
  layers: 1,
  context: 19,
  mlpRatio: 3,
  vocabulary: 37,
  activation: 'gelu',
  tiedEmbedding: true,
  attentionBias: true,
  dropout: 0,
};
const BATCH = 2;
/** Of the largest element of a gradient, or of this where all are smaller. Rounding makes differences of 1e-5 at most. */
const TOLERANCE = 1e-4;
const SMALLEST_SCALE = 1e-2;

/** @throws EspalierError `refused` where any gradient differs from the reference interpreter's */
export function checkKernels(library: NativeLibrary, lanes: number): void {
  const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
  const { graph } = gradientProgram({
    architecture: ARCHITECTURE,
    optimizer,
    batchSize: BATCH,
    evaluationBatchSize: 1,
  });
  const stream = randomStream(0, 'native check');
  const length = BATCH * (ARCHITECTURE.context + 1);
  const tokens = Int32Array.from({ length }, () => stream.below(ARCHITECTURE.vocabulary));
  const inputs = new Map<string, Float32Array | Int32Array>([
    ...initialParameters(ARCHITECTURE, 0),
    ['tokens', tokens],
  ]);
  const outputs = new Map(
    [...graph.outputs].map(([name, { shape }]) => [name, new Float32Array(sizeOf(shape))]),
  );
  const programs = new NativePrograms(library, 1, lanes);
  programs.compile(graph).bind((kind, name) => (kind === 'input' ? inputs : outputs).get(name)!)();
  programs.dispose();
  for (const [name, right] of evaluateGraph(graph, inputs)) {
    const scale = Math.max(SMALLEST_SCALE, ...right.map(Math.abs));
    const difference = Math.max(...outputs.get(name)!.map((value, index) => Math.abs(value - right[index]!)));
    if (!(difference <= TOLERANCE * scale))
      throw new EspalierError(
        'refused',
        `Device native is not available: its ${library.vectors(lanes)} kernels compute ${name} wrongly on this processor (off by ${difference.toPrecision(2)} of ${scale.toPrecision(2)})`,
        { hint: 'Use device cpu, and report this with the model of the processor.' },
      );
  }
}
