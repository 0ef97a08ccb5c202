/** Runs the evaluation and the scoring program, whose N batches are one ONNX Loop, for both forms of training. */
import type { TrainingSpec } from '../model/training-programs.ts';
import { ITERATIONS } from '../onnx/emit-program.ts';
import type { RuntimeSession, RuntimeTensor } from './onnxruntime-runtime.ts';
import { floatResult, int32Tensor, int64Scalar } from './onnxruntime-runtime.ts';
import { checkTokens } from './session-checks.ts';

/** The parameters as the runtime takes them, by name. */
type ReadParameter = (name: string) => RuntimeTensor;

/** What a model runs besides its training step. Most studies never score, so scoring is compiled when asked for. */
export class EvaluationSessions {
  private readonly spec: TrainingSpec;
  private readonly parameters: readonly string[];
  private readonly evaluation: RuntimeSession;
  private readonly compileScoring: () => Promise<RuntimeSession>;
  private scoring: Promise<RuntimeSession> | null = null;

  /** `parameters` names the inputs that hold them, tensor by tensor or packed. */
  constructor(
    spec: TrainingSpec,
    parameters: readonly string[],
    evaluation: RuntimeSession,
    compileScoring: () => Promise<RuntimeSession>,
  ) {
    this.spec = spec;
    this.parameters = parameters;
    this.evaluation = evaluation;
    this.compileScoring = compileScoring;
  }

  /** Mean loss of each of N batches, [N] or [N, candidates]; tokens [N, evaluationBatchSize, context + 1]. */
  async evaluate(tokens: Int32Array, parameter: ReadParameter): Promise<Float32Array> {
    return this.run(this.evaluation, 'loss', this.feeds(tokens, parameter));
  }

  /** Which predictions are right, [N, evaluationBatchSize · context] or [N, candidates, …], for the same tokens. */
  async score(tokens: Int32Array, parameter: ReadParameter): Promise<Float32Array> {
    const feeds = this.feeds(tokens, parameter);
    this.scoring ??= this.compileScoring();
    return this.run(await this.scoring, 'correct', feeds);
  }

  async release(): Promise<void> {
    await this.evaluation.release();
    await (await this.scoring)?.release();
  }

  private feeds(tokens: Int32Array, parameter: ReadParameter): Record<string, RuntimeTensor> {
    const { architecture, evaluationBatchSize } = this.spec;
    const count = checkTokens(this.spec, tokens, evaluationBatchSize);
    const feeds: Record<string, RuntimeTensor> = {
      [ITERATIONS]: int64Scalar(count),
      tokens: int32Tensor(tokens, [count, evaluationBatchSize, architecture.context + 1]),
    };
    for (const name of this.parameters) feeds[name] = parameter(name);
    return feeds;
  }

  private async run(
    session: RuntimeSession,
    result: string,
    feeds: Record<string, RuntimeTensor>,
  ): Promise<Float32Array> {
    return floatResult(await session.run(feeds), result);
  }
}
