import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../../src-main/contract/errors.ts';
import { presetPools } from '../../../src-main/service/resource-files.ts';
import { readStrategies } from '../../../src-renderer/designer/pasted-strategies.ts';

const pools = [...presetPools().values()];
const read = (text: string) => readStrategies(text, pools);

describe('readStrategies', () => {
  it('reads plans, strategies, lists, pools and study files', () => {
    expect(read(' 0 1\n1* 2~0.5:1 r i z ')).toEqual([
      { name: 'plan', operator: 'plan', layers: '0 1 1* 2~0.5:1 r i z' },
    ]);
    expect(read('0 1z 2*0.5:1 1+2 R Rz Z')).toEqual([
      { name: 'plan', operator: 'plan', layers: '0 1z 2*0.5:1 1+2 R Rz Z' },
    ]);
    expect(read('name: mine\noperator: repeatLast\nlength: 2')).toMatchObject([{ name: 'mine', length: 2 }]);
    expect(read('- stack\n- { name: mine, operator: mirror }')).toMatchObject(['stack', { name: 'mine' }]);
    expect(read('name: p\nstrategies: [stack, dead]')).toEqual(['stack', 'dead']);
    const study =
      'name: s\nmodel: { width: 8, heads: 2, context: 8 }\nsource: { layers: 2 }\ntarget: { layers: 4 }\n';
    expect(read(study)).toHaveLength(12);
    expect(read(`${study}pool: { name: p, strategies: [mirror] }`)).toEqual(['mirror']);
  });

  it('names what is wrong', () => {
    expect(() => read('0 1 q')).toThrow(/"q"/);
    expect(() => read('name: mine\noperator: tower')).toThrow(/operator/);
    expect(() => read('')).toThrow(/empty/);
    expect(() => read('\0\u0001binary')).toThrow(EspalierError);
    expect(() => read('title: a letter\nbody: hello')).toThrow('There are no strategies in this text.');
    const bomb = `a: &a [x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(8)}]\nc: &c [${'*b,'.repeat(8)}]\nd: [${'*c,'.repeat(8)}]\n`;
    expect(() => read(bomb)).toThrow(EspalierError);
    expect(() => read(`${'['.repeat(50_000)}:`)).toThrow(EspalierError);
  });

  it('fails on any other text with a sentence, never otherwise', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        try {
          expect(read(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(EspalierError);
        }
      }),
    );
  });
});
