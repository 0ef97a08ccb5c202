/** A growing point: a trained model and a strategy → the checkpoint its candidate starts from. */
import { EspalierError } from '../contract/errors.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import { grow } from '../growth/grow.ts';
import type { History } from '../history/history.ts';
import type { CheckpointContent } from '../training/checkpoint-file.ts';
import { checkpointFileName, readCheckpoint } from '../training/checkpoint-file.ts';

export interface GrowthSettings {
  readonly strategy: GrowingStrategy;
  readonly targetLayers: number;
  readonly seed: number;
  readonly repeat: number;
}

export const copiesMoments = (strategy: GrowingStrategy): boolean =>
  'moments' in strategy && strategy.moments === 'copy';

/** Grows a trained model; step 0, moments only where the strategy copies them. */
export function growingPointOf(source: CheckpointContent, settings: GrowthSettings): CheckpointContent {
  const { strategy, targetLayers, seed, repeat } = settings;
  const { momentM, momentV } = source;
  const grown = grow({
    source: {
      architecture: source.architecture,
      parameters: source.parameters,
      moments: momentM && momentV ? { m: momentM, v: momentV } : null,
    },
    targetLayers,
    strategy,
    seed,
    repeat,
  });
  const { architecture, parameters, lineage } = grown;
  const copies = copiesMoments(strategy);
  return {
    architecture,
    step: 0,
    parameters,
    momentM: copies ? grown.momentM : null,
    momentV: copies ? grown.momentV : null,
    lineage,
    extra: { strategy: JSON.stringify(strategy) },
  };
}

/** Reads a run's last checkpoint once, when it is first needed. */
export function lastCheckpointOf(
  runId: string,
  history: History,
  checkpointFolder: string,
): () => CheckpointContent {
  let content: CheckpointContent | null = null;
  return () => {
    const checkpoint = history.latestCheckpoint(runId);
    if (!checkpoint) throw new EspalierError('failed', `run ${runId} has no checkpoint to grow from`);
    const path = `${checkpointFolder}/${checkpointFileName(checkpoint.hash)}`;
    content ??= readCheckpoint(path, { verifyHash: checkpoint.hash });
    return content;
  };
}
