/** Runs programs with the reference kernels, in float64. */
import { productFlops } from '../graph/product-flops.ts';
import type { ProgramRunner } from './program-runner.ts';
import { turn } from './program-runner.ts';
import { evaluateGraph } from './reference-engine.ts';

export const referenceProgramRunner: ProgramRunner = {
  device: 'reference',
  description: 'reference interpreter, float64, 1 thread',
  compile: async ({ graph }) => ({
    flops: productFlops(graph),
    run: async (inputs) => {
      await turn();
      return evaluateGraph(graph, inputs);
    },
    dispose: async () => {},
  }),
};
