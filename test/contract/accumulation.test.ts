import { describe, expect, it } from 'vitest';
import { stackingSpecSchema } from '../../src-main/contract/stacking.ts';
import { studySpecSchema } from '../../src-main/contract/study.ts';

const study = (batchSize: number, sourceBatchSize: number, accumulationSteps?: unknown) =>
  studySpecSchema.safeParse({
    name: 'parts',
    model: { width: 16, heads: 2, context: 16 },
    source: { layers: 2, recipe: { batchSize: sourceBatchSize } },
    target: { layers: 4 },
    recipe: { batchSize },
    compute: { accumulationSteps },
  });

describe('compute.accumulationSteps', () => {
  it('is left out by default and may be anything that divides the batches', () => {
    expect(study(8, 8).data!.compute.accumulationSteps).toBeUndefined();
    for (const steps of [1, 2, 4]) expect(study(8, 12, steps).data!.compute.accumulationSteps).toBe(steps);
  });

  it('is refused where it does not divide them, with what does', () => {
    expect(study(8, 12, 8).error!.issues).toEqual([
      expect.objectContaining({
        path: ['compute', 'accumulationSteps'],
        message:
          '8 must divide source.recipe.batchSize, which is 12, and recipe.batchSize, which is 8: one of 1, 2, 4',
      }),
    ]);
    const stacking = stackingSpecSchema.safeParse({
      mode: 'stacking',
      name: 'parts',
      model: { width: 16, heads: 2, context: 16 },
      stages: [
        { layers: 2, steps: 10 },
        { layers: 4, steps: 10 },
      ],
      recipe: { batchSize: 6 },
      compute: { accumulationSteps: 4 },
    });
    expect(stacking.error!.issues).toEqual([
      expect.objectContaining({
        path: ['compute', 'accumulationSteps'],
        message: '4 must divide recipe.batchSize, which is 6: one of 1, 2, 3, 6',
      }),
    ]);
  });

  it('is refused where it is no whole number from 1 to 256', () => {
    for (const steps of [0, 257, 1.5, '2', -1])
      expect(study(512, 512, steps).error!.issues[0]!.path, String(steps)).toEqual([
        'compute',
        'accumulationSteps',
      ]);
  });
});
