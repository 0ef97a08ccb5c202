/**
 * A graph that an engine runs again and again over a sequence of inputs while it holds state: one training
 * step, or one evaluation batch.
 */
import type { Graph } from './ir.ts';

export interface Program {
  readonly name: string;
  readonly graph: Graph;
  /** State that each iteration replaces: graph input → graph output of the same shape. */
  readonly carried: readonly { readonly input: string; readonly output: string }[];
  /** Inputs that stay the same over all iterations. */
  readonly fixed: readonly string[];
  /** Inputs with a new value at each iteration; fed with one leading axis more, the iterations. */
  readonly sequence: readonly string[];
  /** Outputs of every iteration, returned with one leading axis more. */
  readonly results: readonly string[];
}
