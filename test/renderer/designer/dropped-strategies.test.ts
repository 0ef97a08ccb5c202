import { describe, expect, it } from 'vitest';
import { presetPools } from '../../../src-main/service/resource-files.ts';
import { expectRoom, readStrategyFiles } from '../../../src-renderer/designer/dropped-strategies.ts';
import { isStudyText } from '../../../src-renderer/designer/pasted-strategies.ts';

const file = (name: string, content: string | Uint8Array<ArrayBuffer>): File => new File([content], name);
const read = (...files: File[]) => readStrategyFiles(files, [...presetPools().values()]);

describe('readStrategyFiles', () => {
  it('takes the strategies of all files in their order', async () => {
    const plan = file('plan.txt', '0 1 1* r');
    const pool = file('pool.yaml', 'name: p\nstrategies: [stack, { name: mine, operator: mirror }]');
    expect(await read(plan, pool)).toMatchObject([{ name: 'plan' }, 'stack', { name: 'mine' }]);
  });

  it.each([
    ['binary', file('photo.png', new Uint8Array([0x89, 0x50, 0, 0xff])), /^photo\.png: is not UTF-8 text/],
    ['a null character', file('x.yaml', 'name: a\0'), /^x\.yaml: is a binary file; a strategy file is YAML/],
    [
      'huge',
      file('big.yaml', 'x'.repeat(200_001)),
      /^big\.yaml: has 200001 bytes; a strategy file has at most/,
    ],
    ['empty', file('none.yaml', ''), /^none\.yaml: is empty/],
    ['malformed', file('bad.yaml', 'name: [a\noperator: {'), /^bad\.yaml: /],
    ['another kind', file('letter.yaml', 'title: a\nbody: b'), /^letter\.yaml: There are no strategies/],
    ['an unknown operator', file('odd.yaml', 'name: a\noperator: tower'), /^odd\.yaml: .*operator/],
  ])('refuses %s with the name of the file, and takes nothing', async (_, wrong, message) => {
    await expect(read(file('good.txt', '0 1'), wrong)).rejects.toThrow(message);
    await expect(read(wrong)).rejects.toMatchObject({ hint: expect.stringContaining(' ') });
  });

  it('refuses a whole folder of files', async () => {
    const many = Array.from({ length: 21 }, (_, index) => file(`${index}.txt`, '0 1'));
    await expect(read(...many)).rejects.toThrow('These are 21 files; at most 20 at once.');
  });
});

it('a pool is not filled beyond what its schema allows', () => {
  expect(() => expectRoom(12, 188)).not.toThrow();
  expect(() => expectRoom(12, 189)).toThrow('The pool would have 201 strategies; at most 200 are allowed.');
});

it('a study file is told from strategies', () => {
  expect(isStudyText('name: a\nmodel: { width: 8 }')).toBe(true);
  expect(isStudyText('name: model\nstrategies: [stack]')).toBe(false);
  expect(isStudyText('- model')).toBe(false);
  expect(isStudyText('0 1 1* r')).toBe(false);
});
