import { describe, expect, it } from 'vitest';
import { presetPools, presetStrategies } from '../../../src-main/service/resource-files.ts';
import { type CopiedStrategy, withStrategy } from '../../../src-renderer/designer/copied-strategy.ts';

const STUDY = `name: other # mine
model: { width: 8, heads: 2, context: 8 }
source: { layers: 2 }
target: { layers: 4 }
`;
const pools = [...presetPools().values()];
const stack = presetStrategies().get('stack');
if (!stack) throw new Error('there is no preset named stack');
const copy: CopiedStrategy = { member: 'stack', writtenOut: stack };

describe('withStrategy', () => {
  it('adds a preset by its name and keeps the rest of the file', () => {
    const text = `${STUDY}pool:\n  name: p\n  strategies:\n    - dead\n    - dus # kept\n`;
    const added = withStrategy(text, copy, pools);
    expect(added.name).toBe('stack');
    expect(added.text).toContain('name: other # mine');
    expect(added.text).toMatch(/- dead\n\s+- dus # kept\n\s+- stack\n/);
  });

  it('writes it out under a free name where the name is taken, controls included', () => {
    const text = `${STUDY}pool: { name: p, strategies: [dead, dus], controls: [stack] }\n`;
    const added = withStrategy(text, copy, pools);
    expect(added.name).toBe('stack 2');
    expect(added.text).toContain('{ name: stack 2, ');
  });

  it('refuses a file with problems and a full pool', () => {
    expect(() => withStrategy(`${STUDY}horizon: none\n`, copy, pools)).toThrow(/has problems/);
    expect(() => withStrategy(`${STUDY}pool: unheard-of\n`, copy, pools)).toThrow(/has problems/);
    const full = Array.from({ length: 200 }, (_, at) => `{ name: s${at}, operator: mirror }`).join(', ');
    expect(() => withStrategy(`${STUDY}pool: { name: p, strategies: [${full}] }\n`, copy, pools)).toThrow(
      /201 strategies/,
    );
  });
});
