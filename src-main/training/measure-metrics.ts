/** The metrics of an evaluation besides the validation loss, measured on sequences made before training. */
import { answerAccuracy, type MetricData } from '../data/metric-data.ts';
import type { TrainingSession } from '../engine/engine.ts';

export interface JobMetricData {
  readonly name: string;
  readonly data: MetricData;
}

/**
 * Values by metric name: mean loss in nats per token, or share of right answers. Null when there are no metrics.
 * @throws EspalierError `failed` when the sequences do not fit the model's context, batch size or vocabulary
 */
export async function measureMetrics(
  session: TrainingSession,
  metrics: readonly JobMetricData[],
): Promise<Record<string, number> | null> {
  if (metrics.length === 0) return null;
  const values: Record<string, number> = {};
  for (const { name, data } of metrics) values[name] = await measure(session, data);
  return values;
}

async function measure(session: TrainingSession, data: MetricData): Promise<number> {
  switch (data.kind) {
    case 'loss': {
      const losses = await session.evaluate(data.tokens);
      return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    }
    case 'accuracy':
      return answerAccuracy(data, await session.score(data.tokens));
    default:
      return data.kind satisfies never;
  }
}
