import { describe, expect, it } from 'vitest';
import {
  assignLooks,
  DARK_CONTRAST_TOKENS,
  DARK_TOKENS,
  LIGHT_CONTRAST_TOKENS,
  LIGHT_TOKENS,
  type Token,
} from '../../src-main/report/theme.ts';
import { auditSample } from './samples.ts';

/** WCAG 2.2 contrast ratio of two sRGB colours. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const themes: readonly (readonly [string, Readonly<Record<Token, string>>])[] = [
  ['light', LIGHT_TOKENS],
  ['dark', DARK_TOKENS],
  ['light, high contrast', LIGHT_CONTRAST_TOKENS],
  ['dark, high contrast', DARK_CONTRAST_TOKENS],
];

const TEXT: readonly (readonly [Token, Token])[] = [
  ['text', 'surface'],
  ['text', 'sunken'],
  ['text', 'accent-soft'],
  ['text-2', 'surface'],
  ['text-2', 'bg'],
  ['text-2', 'sunken'],
  ['text-2', 'accent-soft'],
  ['text-3', 'surface'],
  ['accent', 'surface'],
  ['accent', 'accent-soft'],
  ['surface', 'accent'],
  ['warn', 'warn-soft'],
  ['danger', 'danger-soft'],
];

describe.each(themes)('tokens of the %s theme', (_, tokens) => {
  it.each(TEXT)('%s on %s reaches AA for text', (text, ground) => {
    expect(contrast(tokens[text], tokens[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it('every candidate, axis and glyph colour reaches AA for graphics', () => {
    const marks = Object.keys(tokens).filter((name) => /^c(\d+|-ctl)$|^line-strong$|^layer-top$/.test(name));
    expect(marks).toHaveLength(15);
    for (const mark of marks)
      expect(contrast(tokens[mark as Token], tokens.surface), mark).toBeGreaterThanOrEqual(3);
  });
});

describe.each(themes.slice(2))('tokens of the %s theme', (_, tokens) => {
  it.each(TEXT)('%s on %s reaches AAA for text', (text, ground) => {
    expect(contrast(tokens[text], tokens[ground])).toBeGreaterThanOrEqual(7);
  });

  it('has lines that can be seen and no soft fills', () => {
    for (const line of ['line', 'line-strong', 'wire', 'grid'] as const)
      expect(contrast(tokens[line], tokens.surface), line).toBeGreaterThanOrEqual(3);
    for (const soft of ['accent-soft', 'warn-soft', 'danger-soft', 'sunken'] as const)
      expect(tokens[soft]).toBe(tokens.surface);
  });
});

describe('assignLooks', () => {
  it('gives every candidate of a pool its own look, by family', () => {
    const looks = assignLooks(auditSample().candidates);
    const shown = [...looks.values()].map((look) => `${look.token} ${look.dash.join(' ')} ${look.marker}`);
    expect(new Set(shown).size).toBe(13);
    expect(looks.get('stack')).toEqual({ token: 'c1', dash: [], marker: 'circle' });
    expect(looks.get('dupLast')!.marker).toBe('square');
    expect(looks.get('randMid')!.marker).toBe('triangle');
    expect(looks.get('idCopyTop')!.marker).toBe('diamond');
    expect(looks.get('dead')!.marker).toBe('cross');
    expect(looks.get('scratch')!.token).toBe('c-ctl');
  });

  it('follows the plans and pool order, not the results', () => {
    const { candidates } = auditSample();
    const other = candidates.map((candidate) => ({
      ...candidate,
      lossAtLag: null,
      isChosen: !candidate.isChosen,
    }));
    expect(assignLooks(other)).toEqual(assignLooks(candidates));
  });

  it('tells members beyond the slots of a family apart by the dash', () => {
    const one = auditSample().candidates[0]!;
    const six = Array.from({ length: 6 }, (_, index) => ({ ...one, strategy: `s${index}` }));
    const shown = [...assignLooks(six).values()].map((look) => `${look.token} ${look.dash.join(' ')}`);
    expect(new Set(shown).size).toBe(6);
  });
});
