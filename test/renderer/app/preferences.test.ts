import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatCount, groupDigits } from '../../../src-main/report/number-format.ts';

beforeAll(() => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
});
afterEach(() => groupDigits('space'));

describe('readPreferences', () => {
  it('takes what is right and the default for the rest', async () => {
    const { readPreferences } = await import('../../../src-renderer/settings/preferences.ts');
    const otherwise = {
      motion: 'system',
      grouping: 'space',
      device: null,
      trainers: null,
      panels: {},
      keys: {},
      singleLetters: true,
    };
    for (const text of [
      null,
      '',
      'x',
      '3',
      'null',
      '[]',
      '{"device":"abacus","trainers":0,"panels":{"a":"b"}}',
    ])
      expect(readPreferences(text), String(text)).toEqual(otherwise);
    expect(readPreferences('{"device":"webgpu","trainers":3,"motion":"fast"}')).toEqual({
      ...otherwise,
      device: 'webgpu',
      trainers: 3,
    });
  });
});

describe('withPreferredCompute', () => {
  it('adds what the file leaves open and keeps what it says', async () => {
    const { readPreferences, withPreferredCompute } = await import(
      '../../../src-renderer/settings/preferences.ts'
    );
    const chosen = readPreferences('{"device":"webgpu","trainers":3}');
    expect(withPreferredCompute('name: a # note\n', chosen)).toBe(
      'name: a # note\ncompute:\n  device: webgpu\n  trainers: 3\n',
    );
    const own = 'name: a\ncompute: { device: cpu, trainers: 1 }\n';
    expect(withPreferredCompute(own, chosen)).toBe(own);
    expect(withPreferredCompute('a: [', chosen)).toBe('a: [');
  });
});

describe('groupDigits', () => {
  it('changes how whole numbers are written', () => {
    groupDigits('comma');
    expect(formatCount(1234567)).toBe('1,234,567');
    groupDigits('none');
    expect(formatCount(1234567)).toBe('1234567');
  });
});
