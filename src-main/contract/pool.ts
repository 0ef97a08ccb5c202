/** A pool: the growing strategies under comparison, and controls that are shown but neither chosen nor ranked. */
import { z } from 'zod';
import { growingStrategySchema } from './strategy.ts';

const member = z
  .union([z.string().min(1).max(60), growingStrategySchema])
  .describe('The name of a preset strategy, or a strategy written out.');

const nameOf = (entry: z.infer<typeof member>): string => (typeof entry === 'string' ? entry : entry.name);

export const poolSchema = z
  .strictObject({
    name: z.string().min(1).max(60).describe('Name of the pool.'),
    description: z.string().max(1000).default('').describe('What the pool is for.'),
    strategies: z.array(member).min(1).max(200).describe('Strategies to choose from, in the order shown.'),
    controls: z
      .array(member)
      .max(50)
      .default([])
      .describe('Strategies trained for comparison only; never chosen, never ranked.'),
  })
  .superRefine((pool, context) => {
    const seen = new Set<string>();
    for (const list of ['strategies', 'controls'] as const)
      pool[list].forEach((entry, index) => {
        const name = nameOf(entry);
        if (seen.has(name))
          context.addIssue({
            code: 'custom',
            path: [list, index],
            message: `the name ${name} appears twice; every name must be unique within a pool, controls included`,
          });
        seen.add(name);
      });
  });

export type Pool = z.infer<typeof poolSchema>;
export type PoolMember = Pool['strategies'][number];
