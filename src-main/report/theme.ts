/**
 * Colours of the report in both themes, and the look (colour, dash, marker) of every candidate.
 *
 * Green means choice and growth only; candidates never use it. Hue and marker say the family of a layer plan,
 * lightness and dash the member, so a candidate can be told in greyscale and by readers with any colour vision.
 * Text tokens keep at least 4.5:1 on `surface`, `sunken` and the soft ground of the same name, marks at least 3:1.
 */
import type { CandidateAnalysis } from '../contract/analysis.ts';
import type { PlanEntry } from '../contract/layer-plan.ts';
import { readPlanWords } from './glyph-shape.ts';

export const LIGHT_TOKENS = {
  bg: '#F4F6F2',
  surface: '#FFFFFF',
  sunken: '#EAEDE7',
  line: '#DCE0D8',
  'line-strong': '#7F897F',
  wire: '#BFC7BD',
  grid: '#E6EAE3',
  text: '#181E1A',
  'text-2': '#465048',
  'text-3': '#5D675F',
  accent: '#1E6B45',
  'accent-soft': '#E0EFE5',
  warn: '#7F5200',
  'warn-soft': '#FAF0D7',
  danger: '#A32B22',
  'danger-soft': '#FBE8E5',
  'layer-top': '#4E9A72',
  'c-ctl': '#596159',
  c1: '#535DCA',
  c2: '#707FFD',
  c3: '#322EAA',
  c4: '#935647',
  c5: '#BC7B5E',
  c6: '#850541',
  c7: '#A77BA9',
  c8: '#D13E75',
  c9: '#554706',
  c10: '#837A05',
  c11: '#0A534E',
  c12: '#0B837D',
} as const;

export type Token = keyof typeof LIGHT_TOKENS;

export const DARK_TOKENS: Readonly<Record<Token, string>> = {
  bg: '#111411',
  surface: '#191D1A',
  sunken: '#0C0E0C',
  line: '#2C322D',
  'line-strong': '#77827A',
  wire: '#3F4841',
  grid: '#262C27',
  text: '#E4E9E3',
  'text-2': '#B1BBB2',
  'text-3': '#919C93',
  accent: '#6CC793',
  'accent-soft': '#1B3225',
  warn: '#E5B65E',
  'warn-soft': '#30270F',
  danger: '#F38F82',
  'danger-soft': '#381B17',
  'layer-top': '#4FA877',
  'c-ctl': '#A8B2A9',
  c1: '#C3D6FD',
  c2: '#8B9BFD',
  c3: '#5C66E9',
  c4: '#BD5709',
  c5: '#FFA28B',
  c6: '#FEC9D6',
  c7: '#AB529D',
  c8: '#F46193',
  c9: '#DDE42D',
  c10: '#9DA245',
  c11: '#3A887B',
  c12: '#19B3BD',
};

/** What high contrast changes in either theme: surfaces white or black, text and lines the opposite, no soft fills. */
function highContrast(ground: string, ink: string, hues: Partial<Record<Token, string>>) {
  const grounds = ['bg', 'surface', 'sunken', 'accent-soft', 'warn-soft', 'danger-soft'] as const;
  const inks = ['line', 'line-strong', 'wire', 'text', 'text-2', 'text-3', 'c-ctl'] as const;
  const all = [...grounds.map((name) => [name, ground]), ...inks.map((name) => [name, ink])];
  return { ...(Object.fromEntries(all) as Partial<Record<Token, string>>), ...hues };
}
export const LIGHT_CONTRAST_TOKENS: Readonly<Record<Token, string>> = {
  ...LIGHT_TOKENS,
  ...highContrast('#FFFFFF', '#000000', {
    grid: '#8A8A8A',
    accent: '#004D2C',
    warn: '#5E3C00',
    danger: '#8A0F0A',
  }),
};
export const DARK_CONTRAST_TOKENS: Readonly<Record<Token, string>> = {
  ...DARK_TOKENS,
  ...highContrast('#000000', '#FFFFFF', {
    grid: '#7A7A7A',
    accent: '#7CF5B2',
    warn: '#FFD27A',
    danger: '#FFB3AA',
  }),
};

/** `--text:#181E1A;…` for a style sheet. */
export function cssVariables(tokens: Readonly<Record<Token, string>>): string {
  return Object.entries(tokens)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

/** Gives the colour of a token: a CSS variable in a page, a resolved colour on a canvas. */
export type Palette = (token: Token) => string;

/** Colours as CSS variables, so that one drawing serves both themes. */
export const cssPalette: Palette = (token) => `var(--${token})`;

export type Marker = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross';

/** How a candidate is drawn everywhere. */
export interface Look {
  readonly token: Token;
  /** Dash pattern in pixels; empty for a solid line. */
  readonly dash: readonly number[];
  readonly marker: Marker;
}

type Family = 'block' | 'layer' | 'random' | 'identityCopy' | 'identityNew';

const FAMILIES: Readonly<Record<Family, { marker: Marker; slots: readonly Token[] }>> = {
  block: { marker: 'circle', slots: ['c1', 'c2', 'c3'] },
  layer: { marker: 'square', slots: ['c4', 'c5'] },
  random: { marker: 'triangle', slots: ['c6', 'c7', 'c8'] },
  identityCopy: { marker: 'diamond', slots: ['c9', 'c10'] },
  identityNew: { marker: 'cross', slots: ['c11', 'c12'] },
};
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2.5]];
const CONTROL: Look = { token: 'c-ctl', dash: [3, 3], marker: 'cross' };

/** What a look depends on; known as soon as a candidate is planned, long before it has a result. */
export type LookedAt = Pick<CandidateAnalysis, 'strategy' | 'plan' | 'isControl'>;

/**
 * Looks by strategy name. They follow pool order and layer plan only, never rank, so a candidate looks alike in
 * every chart; a family with more members than slots repeats them with the next dash.
 */
export function assignLooks(candidates: readonly LookedAt[]): Map<string, Look> {
  const members = new Map<Family, number>();
  return new Map(
    candidates.map((candidate) => {
      if (candidate.isControl) return [candidate.strategy, CONTROL];
      const family = familyOf(readPlanWords(candidate.plan));
      const member = members.get(family) ?? 0;
      members.set(family, member + 1);
      const { marker, slots } = FAMILIES[family];
      const place = member % slots.length;
      const dash = DASHES[(place + Math.floor(member / slots.length)) % DASHES.length]!;
      return [candidate.strategy, { token: slots[place]!, dash, marker }];
    }),
  );
}

/** Family by the least common kind of layer: new identity, identity copy, random, one repeated layer, a block. */
function familyOf(entries: readonly PlanEntry[] | null): Family {
  if (entries === null) return 'random';
  const isIdentity = (entry: PlanEntry): boolean => entry.identity === true || entry.outScale === 0;
  if (
    entries.some((entry) => entry.body.kind === 'zero' || (entry.body.kind === 'random' && isIdentity(entry)))
  )
    return 'identityNew';
  if (entries.some(isIdentity)) return 'identityCopy';
  if (entries.some((entry) => entry.body.kind === 'random')) return 'random';
  const uses = new Map<number, number>();
  for (const entry of entries)
    if (entry.body.kind === 'copy') uses.set(entry.body.layer, (uses.get(entry.body.layer) ?? 0) + 1);
  if (entries.some((entry) => entry.body.kind === 'average')) return 'block';
  const repeated = [...uses.values()].filter((count) => count > 1);
  return repeated.length === 1 && uses.size > 1 ? 'layer' : 'block';
}
