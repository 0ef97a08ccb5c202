import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensorsHeader } from '../../../src-renderer/safetensors/safetensors-header.ts';
import { layerCount, layersInWords, tensorGroups } from '../../../src-renderer/safetensors/tensor-groups.ts';

/** A file of the format description: length, header, data. */
function fileOf(header: unknown, dataBytes: number, changes: { text?: string; length?: number } = {}): File {
  const text = changes.text ?? JSON.stringify(header);
  const prefix = new DataView(new ArrayBuffer(8));
  prefix.setBigUint64(0, BigInt(changes.length ?? text.length), true);
  return new File([prefix, text, new Uint8Array(dataBytes)], 'model.safetensors');
}

const tensor = (shape: number[], begin: number, end: number, dtype = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensorsHeader', () => {
  it('gives tensors and notes without the data', async () => {
    const header = {
      __metadata__: { format: 'pt' },
      'wte.weight': tensor([3, 2], 0, 24),
      'h.0.ln.bias': tensor([2], 24, 28, 'BF16'),
      step: tensor([], 28, 36, 'I64'),
    };
    const facts = await readSafetensorsHeader(fileOf(header, 36));
    expect(facts.metadata).toEqual([['format', 'pt']]);
    expect(facts.tensors).toEqual([
      { name: 'wte.weight', dtype: 'F32', shape: [3, 2] },
      { name: 'h.0.ln.bias', dtype: 'BF16', shape: [2] },
      { name: 'step', dtype: 'I64', shape: [] },
    ]);
  });

  it('says what is wrong with a damaged file', async () => {
    const ok = { w: tensor([2], 0, 8) };
    for (const [file, why] of [
      [new File(['abc'], 'x.safetensors'), 'it has 3 bytes'],
      [fileOf(ok, 8, { length: 10_000 }), 'its header should have 10\u202F000 bytes'],
      [fileOf(ok, 8, { text: '{"w": ' }), 'is not a JSON object'],
      [fileOf([], 8), 'is not a JSON object'],
      [fileOf({ w: { dtype: 'F32' } }, 8), 'w must have a dtype'],
      [fileOf({ w: tensor([2.5], 0, 8) }, 8), 'w must have a dtype'],
      [fileOf(ok, 4), 'w should end at byte 8 of the data, which has 4'],
      [fileOf({ w: tensor([3], 0, 8) }, 8), 'w should take 12 bytes by its shape and type; it has 8'],
      [fileOf({ __metadata__: { a: 1 }, ...ok }, 8), '__metadata__ must be texts'],
    ] as const)
      await expect(readSafetensorsHeader(file)).rejects.toThrow(why);
  });

  it('ends with facts or a sentence for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const file = new File([bytes as Uint8Array<ArrayBuffer>], 'x.safetensors');
        const outcome = await readSafetensorsHeader(file).catch((error: Error) => error.message);
        if (typeof outcome === 'string')
          expect(outcome).toMatch(/^x\.safetensors is not a whole safetensors file: /);
      }),
    );
  });
});

describe('tensorGroups', () => {
  it('puts the same tensor of all layers in one line and counts layers', () => {
    const held = [0, 1, 2, 10].flatMap((layer) => [
      { name: `h.${layer}.attn.weight`, dtype: 'F32', shape: [4, 4] },
      { name: `h.${layer}.experts.0.weight`, dtype: 'F32', shape: [4] },
    ]);
    const groups = tensorGroups([{ name: 'wte.weight', dtype: 'F32', shape: [5, 4] }, ...held]);
    expect(groups).toEqual([
      { name: 'wte.weight', dtype: 'F32', shape: [5, 4], layers: [], values: 20 },
      { name: 'h.*.attn.weight', dtype: 'F32', shape: [4, 4], layers: [0, 1, 2, 10], values: 64 },
      { name: 'h.*.experts.0.weight', dtype: 'F32', shape: [4], layers: [0, 1, 2, 10], values: 16 },
    ]);
    expect(layerCount(groups)).toBe(4);
    expect(layersInWords(groups[1]!.layers)).toBe('0 to 2, 10');
    expect(layerCount(tensorGroups([]))).toBe(0);
  });

  it('keeps a layer whose tensor differs apart', () => {
    const groups = tensorGroups([
      { name: 'layers.0.w', dtype: 'F32', shape: [2] },
      { name: 'layers.1.w', dtype: 'F32', shape: [3] },
    ]);
    expect(groups.map(({ layers }) => layers)).toEqual([[0], [1]]);
    expect(layerCount(groups)).toBe(2);
  });
});
