/** The designer for the window. */
import { implement } from '@orpc/server';
import { designerContract } from '../../contract/window/designer.ts';
import { presetPools, presetStrategies } from '../resource-files.ts';
import type { WindowContext } from './context.ts';
import { GrowthMeasuring } from './designer-measuring.ts';

export function designerRouter({ home, reader }: WindowContext) {
  const { library, corpus, measure } = implement(designerContract);
  const measuring = new GrowthMeasuring(home, reader);
  return {
    library: library.handler(() => ({
      strategies: [...presetStrategies().values()],
      pools: [...presetPools().values()],
    })),
    corpus: corpus.handler(({ input }) => measuring.corpus(input.data, input.context)),
    measure: measure.handler(({ input, signal }) => measuring.measure(input, signal)),
  };
}
