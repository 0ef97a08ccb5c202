import { describe, expect, it } from 'vitest';
import { computeSpecSchema } from '../../src-main/contract/study-fields.ts';
import { prepareStudy } from '../../src-main/service/prepare-study.ts';
import { resourcePath } from '../../src-main/service/resource-files.ts';
import { readGrowthStudyFile } from '../../src-main/service/study-file.ts';

describe('compute.precision', () => {
  it('is one that the device has products of', () => {
    for (const [device, precision] of [
      ['cuda', 'bfloat16'],
      ['cuda', 'float16'],
      ['webgpu', 'float16'],
      ['cpu', 'float32'],
    ])
      expect(computeSpecSchema.parse({ device, precision })).toMatchObject({ device, precision });
    for (const [device, precision, known] of [
      ['cpu', 'float16', 'float32'],
      ['webgpu', 'bfloat16', 'float32 or float16'],
      ['tfjs-gpu', 'float16', 'float32'],
    ]) {
      const { error } = computeSpecSchema.safeParse({ device, precision });
      expect(error!.issues).toMatchObject([
        {
          path: ['precision'],
          message: `${precision} is not there on device ${device}; must be ${known} there`,
        },
      ]);
    }
    expect(computeSpecSchema.safeParse({ precision: 'half' }).success).toBe(false);
  });

  it('makes another study of one that has it, and none of one that says float32', () => {
    const demo = readGrowthStudyFile(resourcePath('studies', 'demo.yaml'));
    const hashOf = (changes: object): string =>
      prepareStudy({ ...demo, compute: { ...demo.compute, device: 'cuda', ...changes } }, '').specHash;
    expect(hashOf({ precision: 'float32' })).toBe(hashOf({}));
    expect(
      new Set([hashOf({}), hashOf({ precision: 'float16' }), hashOf({ precision: 'bfloat16' })]).size,
    ).toBe(3);
    expect(hashOf({ trainers: 3, threads: 2 })).toBe(hashOf({}));
  });
});
