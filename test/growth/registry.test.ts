import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { growingStrategySchema } from '../../src-main/contract/strategy.ts';
import { OPERATOR_KINDS, OPERATORS } from '../../src-main/growth/registry.ts';
import { DRAWN_KINDS } from './strategies.ts';

interface JsonSchema {
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  properties?: Record<string, { description?: string; const?: string }>;
}

describe('OPERATORS', () => {
  it('describes every operator of the schema in a sentence, with labels and aliases of its own', () => {
    const kinds = growingStrategySchema.options.map((option) => option.shape.operator.value);
    expect([...OPERATOR_KINDS].sort()).toEqual([...kinds].sort());
    const words = Object.values(OPERATORS).flatMap((entry) => {
      expect(entry.description).toMatch(/^[A-Z].{20,}\.$/);
      return [entry.label, ...entry.aliases].map((word) => word.toLowerCase());
    });
    expect(new Set(words).size).toBe(words.length);
  });

  it('is covered by the property tests, but for hand-made plans and controls', () => {
    const covered = [...DRAWN_KINDS, 'plan', 'embOnly', 'scratch'];
    expect([...OPERATOR_KINDS].sort()).toEqual(covered.sort());
  });
});

describe('growingStrategySchema', () => {
  it('makes a JSON Schema in which every field of every operator is described', () => {
    const schema = z.toJSONSchema(growingStrategySchema, { io: 'input' }) as JsonSchema;
    const options = schema.oneOf ?? schema.anyOf ?? [];
    expect(options).toHaveLength(OPERATOR_KINDS.length);
    for (const option of options)
      for (const [field, property] of Object.entries(option.properties ?? {}))
        expect(property.description, `${option.properties?.operator?.const}.${field}`).toMatch(/^.{20,}\.$/);
  });

  it('refuses knobs of another operator and noise where nothing is copied', () => {
    for (const wrong of [
      { name: 'a', operator: 'stack', block: 1 },
      { name: 'a', operator: 'random', noise: 0.1 },
      { name: 'a', operator: 'scratch', moments: 'copy' },
      { name: 'a', operator: 'half', outScale: 0 },
      { name: '', operator: 'stack' },
    ])
      expect(growingStrategySchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  });
});
