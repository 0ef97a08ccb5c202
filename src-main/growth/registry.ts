/** Every growth operator once: how it makes a plan, and how it is presented and found. */
import type { LayerPlan } from '../contract/layer-plan.ts';
import type { OperatorKind, StrategyOf } from '../contract/strategy.ts';
import * as generators from './plan-generators.ts';

/** `control`: for comparison, not a depth operator. */
export type OperatorFamily =
  | 'stacking'
  | 'interleaving'
  | 'block repetition'
  | 'random insertion'
  | 'identity insertion'
  | 'scaled copies'
  | 'averages'
  | 'hand-made'
  | 'control';

export interface OperatorEntry<Kind extends OperatorKind> {
  readonly family: OperatorFamily;
  readonly label: string;
  readonly description: string;
  /** Other names in papers and code, for search. */
  readonly aliases: readonly string[];
  /** The plan for these depths; null for an operator that keeps nothing of the source. Throws `refused`. */
  readonly generate: (
    sourceLayers: number,
    targetLayers: number,
    knobs: StrategyOf<Kind>,
  ) => LayerPlan | null;
}

export const OPERATORS: { readonly [Kind in OperatorKind]: OperatorEntry<Kind> } = {
  stack: {
    family: 'stacking',
    label: 'Stack',
    description: 'Puts whole copies of the source on top of each other.',
    aliases: ['StackBERT', 'progressive stacking', 'G_stack', 'depthwise stacking'],
    generate: generators.stack,
  },
  interleave: {
    family: 'interleaving',
    label: 'Interleave',
    description: 'Repeats every source layer in place.',
    aliases: ['adjacent', 'interpolation', 'inter-stack'],
    generate: generators.interleave,
  },
  repeatBlock: {
    family: 'block repetition',
    label: 'Repeat block',
    description: 'Repeats one chosen block of adjacent layers in place.',
    aliases: ['block stacking'],
    generate: generators.repeatBlock,
  },
  repeatFirst: {
    family: 'block repetition',
    label: 'Repeat first block',
    description: 'Repeats the block at the bottom.',
    aliases: ['bottom block'],
    generate: generators.repeatFirst,
  },
  repeatMiddle: {
    family: 'block repetition',
    label: 'Repeat middle block',
    description: 'Repeats the block in the middle, as often as needed.',
    aliases: ['middle stacking'],
    generate: generators.repeatMiddle,
  },
  repeatLast: {
    family: 'block repetition',
    label: 'Repeat last block',
    description: 'Repeats the block at the top.',
    aliases: ['gradual stacking', 'last block'],
    generate: generators.repeatLast,
  },
  midas: {
    family: 'block repetition',
    label: 'MIDAS',
    description: 'Inserts a copy of the middle block after itself, again and again.',
    aliases: ['gradual middle stacking'],
    generate: generators.midas,
  },
  dus: {
    family: 'stacking',
    label: 'Depth up-scaling',
    description: 'Joins the source without its last layers to the source without its first.',
    aliases: ['DUS', 'SOLAR'],
    generate: generators.dus,
  },
  mirror: {
    family: 'stacking',
    label: 'Mirror',
    description: 'Runs up through the source layers and down again.',
    aliases: ['reflection'],
    generate: generators.mirror,
  },
  random: {
    family: 'random insertion',
    label: 'Random layers',
    description: 'Inserts freshly initialised layers in one place.',
    aliases: ['fresh layers', 'random insertion'],
    generate: generators.random,
  },
  identityRandom: {
    family: 'identity insertion',
    label: 'Identity layers, random',
    description: 'Inserts random layers with zero out-projections, which keep the function exactly.',
    aliases: ['zero-initialised layers', 'Net2DeeperNet'],
    generate: generators.identityRandom,
  },
  identityCopy: {
    family: 'identity insertion',
    label: 'Identity layers, copied',
    description: 'Inserts copies with zero out-projections, which keep the function exactly.',
    aliases: ['G_zero depthwise', 'LEMON depth expansion'],
    generate: generators.identityCopy,
  },
  llamaPro: {
    family: 'identity insertion',
    label: 'LLaMA-Pro',
    description: 'Spreads identity copies evenly between the source layers.',
    aliases: ['block expansion'],
    generate: generators.llamaPro,
  },
  neighbourAverage: {
    family: 'averages',
    label: 'Neighbour averages',
    description: 'Puts between two neighbouring layers a layer whose every parameter is their mean.',
    aliases: ['Avg-DeUS', 'averaged layers', 'interpolated layers'],
    generate: generators.neighbourAverage,
  },
  half: {
    family: 'scaled copies',
    label: 'Half steps',
    description: 'Repeats every layer in place, each copy adding only its share of the update.',
    aliases: ['scaled copies', 'interHalf', 'Euler steps'],
    generate: generators.half,
  },
  dead: {
    family: 'identity insertion',
    label: 'Dead layers',
    description: 'Inserts layers of zeros: the function is kept, but the new layers can hardly learn.',
    aliases: ['zero layers'],
    generate: generators.dead,
  },
  plan: {
    family: 'hand-made',
    label: 'Hand-made plan',
    description: 'Follows a layer plan written out layer by layer.',
    aliases: ['custom', 'designer'],
    generate: generators.handMade,
  },
  embOnly: {
    family: 'control',
    label: 'Embeddings only',
    description: 'Copies the embeddings and the final LayerNorm; every layer is fresh.',
    aliases: ['embedding transfer'],
    generate: generators.allRandom,
  },
  scratch: {
    family: 'control',
    label: 'From scratch',
    description: 'Initialises the target afresh and keeps nothing of the source.',
    aliases: ['random initialisation', 'baseline'],
    generate: generators.nothing,
  },
};

export const OPERATOR_KINDS = Object.keys(OPERATORS) as OperatorKind[];
