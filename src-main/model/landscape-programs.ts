/**
 * Programs that look at a model without training it: Hessian-vector products, hidden states, early exits. All come
 * from the forward pass of transformer.ts. Outputs are of one iteration; tokens are [B, T+1] ids.
 */
import type { Architecture } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { hessianVectorProducts } from '../graph/hessian-vector.ts';
import type { Node } from '../graph/ir.ts';
import { graphOf } from '../graph/ir.ts';
import type { Program } from '../graph/program.ts';
import type { Shape } from '../tensor/shape.ts';
import { sameShape } from '../tensor/shape.ts';
import { parameterLayout } from './parameter-layout.ts';
import { forward, meanLoss, parameterInputs } from './transformer.ts';

/** Graph input with the part of the vector v that belongs to a parameter. */
export const directionName = (parameter: string): string => `direction.${parameter}`;
/** Graph output with the part of H·v that belongs to a parameter. */
export const productName = (parameter: string): string => `product.${parameter}`;
/** Graph output: hidden state after `layers` layers, [B·T, width]. */
export const hiddenName = (layers: number): string => `hidden.${layers}`;
/** Graph output: loss of the final norm and head put after `layers` layers. */
export const exitName = (layers: number): string => `exit.${layers}`;

/** Shares equal constants too: every depth of one model builds the same causal mask anew. */
class DepthSharingBuilder extends GraphBuilder {
  private readonly constants: Node[] = [];

  override constant(values: Float32Array, shape: Shape): Node {
    const known = this.constants.find(
      (node) =>
        node.op === 'constant' &&
        sameShape(node.shape, shape) &&
        node.attributes.values.every((value, index) => Object.is(value, values[index])),
    );
    if (known) return known;
    const node = super.constant(values, shape);
    this.constants.push(node);
    return node;
  }
}

export interface BatchedModel {
  readonly architecture: Architecture;
  /** Sequences in a batch. */
  readonly batchSize: number;
}

/** Parameters, v and tokens → H·v of the mean loss of the batch. */
export function hessianVectorProgram({ architecture, batchSize }: BatchedModel): Program {
  const b = new GraphBuilder();
  const layout = parameterLayout(architecture);
  const parameters = parameterInputs(b, architecture);
  const loss = meanLoss(b, architecture, parameters, tokensInput(b, architecture, batchSize));
  const directions = layout.map(({ name, shape }) => b.input(directionName(name), shape));
  const products = hessianVectorProducts(
    b,
    loss,
    layout.map(({ name }) => parameters.get(name)!),
    directions,
  );
  return inspection(
    'hessian-vector',
    [...layout.map(({ name }) => name), ...layout.map(({ name }) => directionName(name))],
    new Map(layout.map(({ name }, index) => [productName(name), products[index]!])),
  );
}

/** Parameters and tokens → the residual stream after the embedding and after every layer. */
export function hiddenStatesProgram({ architecture, batchSize }: BatchedModel): Program {
  const b = new DepthSharingBuilder();
  const parameters = parameterInputs(b, architecture);
  const tokens = tokensInput(b, architecture, batchSize);
  const ids = b.slice(tokens, 1, 0, architecture.context);
  const outputs = depthsOf(architecture).map((layers): [string, Node] => [
    hiddenName(layers),
    finalNormInput(forward(b, { ...architecture, layers }, parameters, ids), parameters.get('lnf.g')!),
  ]);
  return inspection('hidden-states', [...parameters.keys()], new Map(outputs));
}

/** Parameters and tokens → the loss of leaving after each number of layers, the whole model last. */
export function earlyExitProgram({ architecture, batchSize }: BatchedModel): Program {
  const b = new DepthSharingBuilder();
  const parameters = parameterInputs(b, architecture);
  const tokens = tokensInput(b, architecture, batchSize);
  const outputs = depthsOf(architecture).map((layers): [string, Node] => [
    exitName(layers),
    meanLoss(b, { ...architecture, layers }, parameters, tokens),
  ]);
  return inspection('early-exits', [...parameters.keys()], new Map(outputs));
}

const depthsOf = ({ layers }: Architecture): number[] =>
  Array.from({ length: layers + 1 }, (_, depth) => depth);

/** What the final LayerNorm, known by its gain, reads on the way to `logits`. */
function finalNormInput(logits: Node, gain: Node): Node {
  const norm = graphOf(new Map([['logits', logits]])).nodes.find(
    (node) => node.op === 'layerNorm' && node.inputs[1] === gain,
  );
  if (!norm) throw new EspalierError('failed', 'the forward pass has no final LayerNorm to look behind');
  return norm.inputs[0]!;
}

function tokensInput(b: GraphBuilder, architecture: Architecture, batchSize: number): Node {
  return b.input('tokens', [batchSize, architecture.context + 1], 'i32');
}

/** Every declared input is fed, whether the graph needs it or not. */
function inspection(name: string, fixed: readonly string[], outputs: ReadonlyMap<string, Node>): Program {
  const graph = graphOf(outputs);
  return {
    name,
    graph,
    carried: [],
    fixed: fixed.filter((input) => graph.inputs.has(input)),
    sequence: ['tokens'],
    results: [...outputs.keys()],
  };
}
