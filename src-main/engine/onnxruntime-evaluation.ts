/** Runs the evaluation program, whose N batches are one ONNX Loop, for both forms of training. */
import { parameterLayout } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { ITERATIONS } from '../onnx/emit-program.ts';
import type { RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import { floatResult, int32Tensor, int64Scalar } from './onnxruntime-runtime.ts';
import { checkTokens } from './session-checks.ts';

/** Mean loss of each of N batches; tokens [N, evaluationBatchSize, context + 1]. */
export async function evaluateBatches(
  evaluation: RuntimeSession,
  spec: TrainingSpec,
  tokens: Int32Array,
  parameter: (name: string) => RuntimeTensor,
): Promise<Float32Array> {
  const count = checkTokens(spec, tokens, spec.evaluationBatchSize);
  const feeds: Record<string, RuntimeTensor> = {
    [ITERATIONS]: int64Scalar(count),
    tokens: int32Tensor(tokens, [count, spec.evaluationBatchSize, spec.architecture.context + 1]),
  };
  for (const { name } of parameterLayout(spec.architecture)) feeds[name] = parameter(name);
  return floatResult(await evaluation.run(feeds), 'loss');
}
