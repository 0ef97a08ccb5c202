/**
 * Exact Hessian-vector products: H·v is the gradient of ⟨∇loss, v⟩ (Pearlmutter 1994; here reverse over reverse).
 * The gradient rules are closed under differentiation, so the same table serves twice. Two rules are zero almost
 * everywhere and count as zero: the second derivatives of relu and of minimum and maximum at their kinks.
 */
import { EspalierError } from '../contract/errors.ts';
import { sameShape, showShape } from '../tensor/shape.ts';
import { gradients } from './autodiff.ts';
import type { GraphBuilder } from './builder.ts';
import type { Node } from './ir.ts';

/**
 * Rows of H·v for each of `variables`, same shapes, same order; zero where the gradient does not depend on one.
 * @param loss A scalar that depends on every variable.
 * @param directions The parts of v, with the shapes of `variables`.
 */
export function hessianVectorProducts(
  b: GraphBuilder,
  loss: Node,
  variables: readonly Node[],
  directions: readonly Node[],
): Node[] {
  for (const [index, variable] of variables.entries())
    if (!directions[index] || !sameShape(directions[index].shape, variable.shape))
      throw new EspalierError(
        'failed',
        `hessianVectorProducts: direction ${index} has shape ${showShape(directions[index]?.shape ?? [])}; its variable has ${showShape(variable.shape)}`,
      );
  const terms = gradients(b, loss, variables).map((gradient, index) =>
    b.sumAll(b.multiply(gradient, directions[index]!)),
  );
  // A gradient that does not depend on some variable is no error here: its row of H is zero.
  const zeros = variables.map((variable) => b.scale(b.sumAll(variable), 0));
  return gradients(
    b,
    [...terms, ...zeros].reduce((sum, term) => b.add(sum, term)),
    variables,
  );
}
