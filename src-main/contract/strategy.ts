/**
 * A growing strategy: a named, serialisable choice of growth operator and knobs. Flat, so that a preset file
 * reads as a few lines of YAML: `name: dupLast`, `operator: repeatLast`, `length: 1`.
 *
 * Ranges that depend on the source or target depth are checked when a plan is made, not here.
 */
import { z } from 'zod';
import { MAX_LAYERS } from './architecture.ts';
import { planEntrySchema } from './layer-plan.ts';

const name = z
  .string()
  .min(1)
  .max(60)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 _.+()-]*$/,
    'must begin with a letter or digit and hold only A-Z a-z 0-9 _ . + ( ) - and blanks',
  )
  .describe('Name of the strategy, unique within a pool; it never influences a random number.');
const description = z.string().max(500).default('').describe('What the strategy does, in a sentence or two.');
const moments = z
  .enum(['reset', 'copy'])
  .default('reset')
  .describe(
    'Adam moments of the grown model: reset to zero, or copied along with copied layers (averaged layers take the mean).',
  );
const noise = z
  .number()
  .min(0)
  .max(1)
  .default(0)
  .describe(
    'Noise on the weight matrices of every second and later copy of a layer, relative to their root mean square.',
  );

const named = { name, description };
const plain = { ...named, moments };
const copying = { ...plain, noise };

const blockLength = z
  .union([z.number().int().min(1).max(MAX_LAYERS), z.literal('half')])
  .default(1)
  .describe('Layers in the repeated block; half stands for half of the source, rounded down, at least 1.');
const insertionIndex = z.number().int().min(0).max(MAX_LAYERS);
const POSITION_TEXT =
  'Where the new layers go: top, middle, bottom, or the index of the source layer they are put before (0 is the bottom).';
const position = z
  .union([z.enum(['top', 'middle', 'bottom']), insertionIndex])
  .default('top')
  .describe(POSITION_TEXT);
const interleaveRemainder = z
  .enum(['even', 'bottom', 'top'])
  .default('even')
  .describe(
    'Which layers appear once more when the depths do not divide: evenly spread, the first or the last.',
  );

const operator = <const Kind extends string>(kind: Kind) =>
  z.literal(kind).describe('Growth operator; decides which other fields the strategy has.');

export const growingStrategySchema = z.discriminatedUnion('operator', [
  z.strictObject({
    ...copying,
    operator: operator('stack'),
    remainder: z
      .enum(['mod', 'top'])
      .default('mod')
      .describe(
        'Layers of an incomplete last copy: mod starts again at the bottom, top takes the last layers.',
      ),
  }),
  z.strictObject({ ...copying, operator: operator('interleave'), remainder: interleaveRemainder }),
  z.strictObject({
    ...copying,
    operator: operator('repeatBlock'),
    start: z
      .number()
      .int()
      .min(0)
      .max(MAX_LAYERS)
      .describe('First source layer of the repeated block, from 0.'),
    length: blockLength,
  }),
  z.strictObject({ ...copying, operator: operator('repeatFirst'), length: blockLength }),
  z.strictObject({ ...copying, operator: operator('repeatMiddle'), length: blockLength }),
  z.strictObject({ ...copying, operator: operator('repeatLast'), length: blockLength }),
  z.strictObject({
    ...copying,
    operator: operator('midas'),
    block: z
      .number()
      .int()
      .min(1)
      .max(MAX_LAYERS)
      .default(1)
      .describe('Layers in a block; must divide the source depth and the number of new layers.'),
  }),
  z.strictObject({ ...copying, operator: operator('dus') }),
  z.strictObject({ ...copying, operator: operator('mirror') }),
  z.strictObject({ ...plain, operator: operator('random'), position }),
  z.strictObject({
    ...plain,
    operator: operator('identityRandom'),
    position: z
      .union([z.enum(['top', 'middle', 'bottom', 'inter']), insertionIndex])
      .default('top')
      .describe(`${POSITION_TEXT} inter puts them between the source layers.`),
  }),
  z.strictObject({
    ...copying,
    operator: operator('identityCopy'),
    position: z
      .enum(['inter', 'top'])
      .default('inter')
      .describe('inter puts each copy after its original, top stacks the copies above the source.'),
    remainder: interleaveRemainder,
  }),
  z.strictObject({ ...copying, operator: operator('llamaPro') }),
  z.strictObject({
    ...plain,
    operator: operator('neighbourAverage'),
    position: z
      .enum(['top', 'bottom', 'even'])
      .default('top')
      .describe(
        'Between which neighbours the averages go when there are fewer than gaps: the topmost, the lowest, or evenly spread. With the depth doubled there is one layer more than gaps: it repeats the last.',
      ),
  }),
  z.strictObject({
    ...copying,
    operator: operator('half'),
    outScale: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('Factor on the out-projections of repeated layers; 1 / number of copies when left out.'),
  }),
  z.strictObject({ ...plain, operator: operator('dead'), position }),
  z.strictObject({
    ...plain,
    operator: operator('plan'),
    layers: z
      .union([z.string().min(1).max(20_000), z.array(planEntrySchema).min(1).max(MAX_LAYERS)])
      .describe('A hand-made layer plan: shorthand such as `0 1 1* 2~0.5 1+2 r i z`, or a list of entries.'),
  }),
  z.strictObject({ ...plain, operator: operator('embOnly') }),
  z.strictObject({ ...named, operator: operator('scratch') }),
]);

export type GrowingStrategy = z.infer<typeof growingStrategySchema>;
/** What a file or form may leave out because it has a default. */
export type GrowingStrategyInput = z.input<typeof growingStrategySchema>;
export type OperatorKind = GrowingStrategy['operator'];
export type StrategyOf<Kind extends OperatorKind> = Extract<GrowingStrategy, { operator: Kind }>;
