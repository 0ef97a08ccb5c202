/** Gradients and evaluation of a model through ONNX Runtime on the CPU, for training with the optimizer outside. */
import { partsOf } from '../model/accumulation-programs.ts';
import { groupIndexes } from '../model/parameter-groups.ts';
import { parameterLayout } from '../model/parameter-layout.ts';
import { gradientName, gradientSumName, nextName } from '../model/program-names.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { EvaluationSessions } from './onnxruntime-evaluation.ts';
import type { RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import { floatTensor, int32Tensor } from './onnxruntime-runtime.ts';
import type { BoundPasses, ModelPasses } from './wasm-training.ts';

/** `gradients` is the single form of the gradient program, or of the one that adds up parts; `evaluation` measures. */
export class OnnxRuntimePasses implements ModelPasses {
  private readonly spec: TrainingSpec;
  private readonly gradients: RuntimeSession;
  private readonly evaluation: EvaluationSessions;

  constructor(spec: TrainingSpec, gradients: RuntimeSession, evaluation: EvaluationSessions) {
    this.spec = spec;
    this.gradients = gradients;
    this.evaluation = evaluation;
  }

  bind(memory: Parameters<ModelPasses['bind']>[0]): BoundPasses {
    const { spec, gradients, evaluation } = this;
    const { architecture, batchSize } = spec;
    const learning = groupIndexes(architecture, spec.groups);
    const loss = new Float32Array(1);
    const feeds: Record<string, RuntimeTensor> = {};
    const fetches: Record<string, RuntimeTensor> = { loss: floatTensor(loss, []) };
    for (const { name, shape } of parameterLayout(architecture)) {
      feeds[name] = floatTensor(memory.parameters.get(name)!, shape);
      if (!learning.has(name)) continue;
      const gradient = floatTensor(memory.gradients.get(name)!, shape);
      if (partsOf(spec) === 1) fetches[gradientName(name)] = gradient;
      else {
        // The sums are read and written in place: each is the operand of one addition and nothing else.
        feeds[gradientSumName(name)] = gradient;
        fetches[nextName(gradientSumName(name))] = gradient;
      }
    }
    const shape = [batchSize / partsOf(spec), architecture.context + 1];
    return {
      gradients: async (tokens) => {
        await gradients.run({ ...feeds, tokens: int32Tensor(tokens, shape) }, fetches);
        return loss[0]!;
      },
      evaluate: (tokens) => evaluation.evaluate(tokens, (name) => feeds[name]!),
      score: (tokens) => evaluation.score(tokens, (name) => feeds[name]!),
    };
  }

  async dispose(): Promise<void> {
    await this.gradients.release();
    await this.evaluation.release();
  }
}
