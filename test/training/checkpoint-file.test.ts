import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { initialParameters, parameterLayout } from '../../src-main/model/parameter-layout.ts';
import {
  type CheckpointContent,
  readCheckpoint,
  writeCheckpoint,
} from '../../src-main/training/checkpoint-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const architecture: Architecture = {
  width: 8,
  heads: 2,
  context: 4,
  mlpRatio: 2,
  activation: 'relu',
  tiedEmbedding: false,
  attentionBias: true,
  dropout: 0,
  layers: 2,
  vocabulary: 5,
};

function content(over: Partial<CheckpointContent> = {}): CheckpointContent {
  return {
    architecture,
    step: 7,
    parameters: initialParameters(architecture, 1),
    momentM: initialParameters(architecture, 2),
    momentV: initialParameters(architecture, 3),
    lineage: [
      { kind: 'copy', from: 0, outScale: 1, outScaleMlp: 0.5, noise: 0 },
      { kind: 'random', from: null, outScale: 1, outScaleMlp: 1, noise: 0 },
    ],
    extra: { study: 'é "quoted"', another: '' },
    ...over,
  };
}

const averaged = { kind: 'average', from: 0, and: 2, outScale: 1, outScaleMlp: 1, noise: 0 } as const;

const pathOf = (hash: string): string => join(folder, `${hash}.safetensors`);

/** Rewrites the JSON header of a checkpoint, as a careless or hostile tool would. */
function withHeader(file: Buffer, change: (header: Record<string, Record<string, unknown>>) => void): Buffer {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, 8 + length));
  change(header);
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([prefix, json, file.subarray(8 + length)]);
}

function refusal(bytes: Uint8Array): string {
  const path = join(folder, 'changed.safetensors');
  writeFileSync(path, bytes);
  try {
    readCheckpoint(path);
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    expect((error as EspalierError).code).toBe('failed');
    expect((error as EspalierError).message).toContain(path);
    return (error as EspalierError).message;
  }
  throw new Error('the file was accepted');
}

describe('writeCheckpoint', () => {
  it('follows the safetensors layout rules', () => {
    const { hash, bytes } = writeCheckpoint(folder, content());
    const file = readFileSync(pathOf(hash));
    expect(file.length).toBe(bytes);
    expect(createHash('sha256').update(file).digest('hex')).toBe(hash);

    const length = Number(file.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(file[8]).toBe('{'.charCodeAt(0));
    expect(file.toString('utf8', 8, 8 + length)).toMatch(/\} *$/);
    const { __metadata__, ...tensors } = JSON.parse(file.toString('utf8', 8, 8 + length));
    for (const value of Object.values(__metadata__)) expect(typeof value).toBe('string');
    expect(__metadata__).toMatchObject({ step: '7', study: 'é "quoted"' });
    expect(JSON.parse(__metadata__.architecture)).toEqual(architecture);

    const places = Object.values(
      tensors as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>,
    ).sort((a, b) => a.data_offsets[0] - b.data_offsets[0]);
    expect(places).toHaveLength(3 * parameterLayout(architecture).length);
    let end = 0;
    for (const { dtype, shape, data_offsets } of places) {
      expect(dtype).toBe('F32');
      expect(data_offsets[0]).toBe(end);
      expect(data_offsets[1] - data_offsets[0]).toBe(4 * shape.reduce((a, b) => a * b, 1));
      end = data_offsets[1];
    }
    expect(8 + length + end).toBe(file.length);

    const down = tensors['adam.v.h.1.mlp.down.w'];
    expect(down.shape).toEqual([8, 16]);
    const expected = initialParameters(architecture, 3).get('h.1.mlp.down.w')!;
    const at = 8 + length + down.data_offsets[0];
    expect(file.readFloatLE(at + 4 * 5)).toBe(expected[5]);
  });

  it('gives equal bytes for equal content, whatever the order of keys, and leaves one file', () => {
    const first = writeCheckpoint(folder, content());
    const reversed = Object.fromEntries(Object.entries(architecture).reverse()) as unknown as Architecture;
    const second = writeCheckpoint(
      folder,
      content({ architecture: reversed, extra: { another: '', study: 'é "quoted"' } }),
    );
    expect(second).toEqual(first);
    expect(readdirSync(folder)).toEqual([`${first.hash}.safetensors`]);
    expect(writeCheckpoint(folder, content({ step: 8 })).hash).not.toBe(first.hash);
  });

  it('refuses tensors that do not fit, half the moments and metadata that hides its own', () => {
    const parameters = initialParameters(architecture, 1);
    parameters.set('wte', new Float32Array(3));
    const more = initialParameters(architecture, 1).set('extra', new Float32Array(1));
    const bad = [
      content({ parameters }),
      content({ parameters: more }),
      content({ momentM: new Map() }),
      content({ momentV: null }),
      content({ step: -1 }),
      content({ extra: { step: '9' } }),
      content({ extra: { lineage: '[]' }, lineage: null }),
    ];
    for (const wrong of bad) expect(() => writeCheckpoint(folder, wrong)).toThrow(EspalierError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('readCheckpoint', () => {
  it('returns every bit that was written, NaN payloads and negative zero included', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.integer({ min: 0, max: 0xffffffff })),
        fc.boolean(),
        fc.nat(1e9),
        (bits, hasMoments, step) => {
          const fill = (): Map<string, Float32Array> =>
            new Map(
              parameterLayout(architecture).map(({ name, size }) => {
                const words = Uint32Array.from({ length: size }, () => bits.next().value ?? 0);
                return [name, new Float32Array(words.buffer)];
              }),
            );
          const written = content({
            parameters: fill(),
            step,
            momentM: hasMoments ? fill() : null,
            momentV: hasMoments ? fill() : null,
            lineage: hasMoments ? [content().lineage![0]!, averaged] : null,
          });
          const { hash } = writeCheckpoint(folder, written);
          const read = readCheckpoint(pathOf(hash), { verifyHash: hash });
          const words = (tensors: ReadonlyMap<string, Float32Array> | null): unknown =>
            tensors &&
            Array.from(tensors, ([name, values]) => [
              name,
              Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex'),
            ]);
          expect({
            ...read,
            parameters: words(read.parameters),
            momentM: words(read.momentM),
            momentV: words(read.momentV),
          }).toEqual({
            ...written,
            parameters: words(written.parameters),
            momentM: words(written.momentM),
            momentV: words(written.momentV),
          });
        },
      ),
      { numRuns: 10 },
    );
  });

  it('refuses any changed or cut file when the hash is verified', () => {
    const { hash } = writeCheckpoint(folder, content());
    const good = readFileSync(pathOf(hash));
    const path = join(folder, 'changed.safetensors');
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, flip, cut) => {
          const bytes = Buffer.from(good);
          bytes[at]! ^= flip;
          writeFileSync(path, cut ? good.subarray(0, at) : bytes);
          expect(() => readCheckpoint(path, { verifyHash: hash })).toThrow(/SHA-256/);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses a changed header or returns tensors of the right sizes, and never throws anything else', () => {
    const { hash } = writeCheckpoint(folder, content());
    const good = readFileSync(pathOf(hash));
    const headerEnd = 8 + Number(good.readBigUInt64LE());
    const path = join(folder, 'changed.safetensors');
    fc.assert(
      fc.property(fc.nat(headerEnd - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        writeFileSync(path, bytes);
        try {
          const read = readCheckpoint(path);
          for (const { name, size } of parameterLayout(read.architecture))
            expect(read.parameters.get(name)).toHaveLength(size);
        } catch (error) {
          expect(error).toBeInstanceOf(EspalierError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names the reason for files that break the layout', () => {
    const { hash } = writeCheckpoint(folder, content());
    const good = readFileSync(pathOf(hash));
    const huge = Buffer.from(good);
    huge.writeBigUInt64LE(2n ** 60n);
    expect(refusal(huge)).toContain('header length');
    expect(refusal(good.subarray(0, 5))).toContain('only 5 bytes');
    expect(refusal(good.subarray(0, good.length - 4))).toContain('it must lie at');
    expect(refusal(Buffer.concat([good, Buffer.alloc(4)]))).toContain('4 bytes follow');

    const place = (header: Record<string, Record<string, unknown>>): Record<string, unknown> =>
      header['parameters.h.0.attn.q.w']!;
    const cases: [string, Parameters<typeof withHeader>[1]][] = [
      ['dtype', (header) => Object.assign(place(header), { dtype: 'F64' })],
      ['shape', (header) => Object.assign(place(header), { shape: [4, 16] })],
      ['must lie at', (header) => Object.assign(place(header), { data_offsets: [0, 256] })],
      ['must lie at', (header) => Object.assign(place(header), { data_offsets: [1e12, 1e12 + 256] })],
      [
        'must lie at',
        (header) => {
          const [begin, end] = place(header).data_offsets as [number, number];
          Object.assign(place(header), { data_offsets: [begin - 4, end] });
        },
      ],
      ['data_offsets', (header) => Object.assign(place(header), { data_offsets: [-4, 252] })],
      ['is missing', (header) => void delete header['parameters.wpe']],
      ['is missing', (header) => void delete header['adam.v.lnf.b']],
      ['does not belong', (header) => Object.assign(header, { more: place(header) })],
      ['__metadata__', (header) => void delete header.__metadata__],
      ['step', (header) => Object.assign(header.__metadata__!, { step: '-1' })],
      ['lineage', (header) => Object.assign(header.__metadata__!, { lineage: '[]' })],
      [
        'shape',
        (header) =>
          Object.assign(header.__metadata__!, {
            architecture: JSON.stringify({ ...architecture, vocabulary: 6 }),
          }),
      ],
      [
        'heads',
        (header) =>
          Object.assign(header.__metadata__!, {
            architecture: JSON.stringify({ ...architecture, heads: 3 }),
          }),
      ],
    ];
    for (const [reason, change] of cases) expect(refusal(withHeader(good, change))).toContain(reason);
  });

  it('names a file that does not exist', () => {
    expect(() => readCheckpoint(join(folder, 'none.safetensors'))).toThrow(
      /none\.safetensors does not exist/,
    );
  });
});
