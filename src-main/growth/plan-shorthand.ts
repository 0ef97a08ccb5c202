/**
 * Layer plans as text, one word for each target layer from the bottom:
 *
 *     3        copy of source layer 3
 *     3*       the same with zero out-projections: computes x ↦ x at the start
 *     3~0.5    out-projections times 0.5; also 3~1/3, 3~½
 *     3~0.5:1  times 0.5 in the attention branch, 1 in the MLP branch
 *     3+0.01   noise of 1 % on the weight matrices, relative to their root mean square
 *     1+2      average of source layers 1 and 2; also 1+2*, 1+2~0.5, 1+2+0.01
 *     r  i  z  random layer; random layer computing x ↦ x; layer of zeros
 *     r×4      four times the same word (also r x4 written together: rx4)
 *
 * A whole number after the first + is a source layer, so a noise of 1 is written 3+1.0. These are read as well:
 * 3z for 3*, 3*0.5 for 3~0.5, R, Rz and Z for r, i and z.
 */

import { MAX_LAYERS } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import type { LayerLineage, LayerPlan, PlanEntry } from '../contract/layer-plan.ts';
import { isIdentityLayer, normalForm, parentsOf, scaled } from './plan-normal-form.ts';

/** The normal form of a plan as text; equal texts mean equal plans of the same source depth. */
export function printPlan(plan: LayerPlan): string {
  return normalForm(plan).map(printLayer).join(' ');
}

/** One word of the shorthand. */
export function printLayer(layer: LayerLineage): string {
  if (layer.kind === 'zero') return 'z';
  const noise = layer.noise === 0 ? '' : `+${layer.noise === 1 ? '1.0' : layer.noise}`;
  if (isIdentityLayer(layer)) return layer.kind === 'random' ? 'i' : `${parentsOf(layer).join('+')}*${noise}`;
  const body = layer.kind === 'random' ? 'r' : parentsOf(layer).join('+');
  if (layer.outScale === 1 && layer.outScaleMlp === 1) return `${body}${noise}`;
  const mlp = layer.outScaleMlp === layer.outScale ? '' : `:${printFactor(layer.outScaleMlp)}`;
  return `${body}~${printFactor(layer.outScale)}${mlp}${noise}`;
}

/** Shortest text that reads back to the same number: thirds and the like as a fraction. */
function printFactor(factor: number): string {
  const decimal = String(factor);
  const copies = Math.round(1 / factor);
  return decimal.length > 6 && copies > 1 && copies <= MAX_LAYERS && 1 / copies === factor
    ? `1/${copies}`
    : decimal;
}

const FRACTIONS: Readonly<Record<string, number>> = {
  '½': 1 / 2,
  '⅓': 1 / 3,
  '¼': 1 / 4,
  '⅔': 2 / 3,
  '¾': 3 / 4,
};
const NUMBER = String.raw`-?(?:\d+\/\d+|\d+(?:\.\d+)?(?:e-?\d+)?|\.\d+|[½⅓¼⅔¾])`;
const WORD = new RegExp(
  String.raw`^(?:(?<layer>\d+)(?:\+(?<and>\d+)(?![\d./e]))?|(?<fresh>[riz]))(?<star>\*(?![-\d.½⅓¼⅔¾])|z)?(?:[~*](?<out>${NUMBER})(?::(?<mlp>${NUMBER}))?)?(?:\+(?<noise>${NUMBER}))?(?:[×x](?<times>\d+))?$`,
  'iu',
);

/**
 * Reads shorthand for a source of this depth. Blanks, commas and new lines separate words. Only the text is
 * checked here; plan-check.ts checks indices and ranges.
 * @throws EspalierError `bad-input`, naming the word and its place
 */
export function parsePlan(text: string, sourceLayers: number): LayerPlan {
  return { version: 1, sourceLayers, layers: parsePlanEntries(text) };
}

/** The entries of `parsePlan`, for plans whose source is not known yet. */
export function parsePlanEntries(text: string): PlanEntry[] {
  const words = text.split(/[\s,]+/u).filter((word) => word !== '');
  const layers = words.flatMap((word, index) => parseWord(word, index));
  if (layers.length === 0 || layers.length > MAX_LAYERS)
    throw new EspalierError(
      'bad-input',
      `The plan describes ${layers.length} layers; it must describe 1 to ${MAX_LAYERS}`,
      { hint: 'Write one word for each layer of the target, for example: 0 1 2 3 0* 1* 2* 3*' },
    );
  return layers;
}

function parseWord(word: string, index: number): PlanEntry[] {
  const groups = WORD.exec(word)?.groups;
  if (groups === undefined) throw unreadable(word, index, 'it is not a plan word');
  const { layer, and, star, out, mlp, noise: noiseText, times: timesText } = groups;
  const fresh = groups.fresh?.toLowerCase();
  if (star !== undefined && star !== '*' && (fresh === 'i' || fresh === 'z'))
    throw unreadable(word, index, 'it is not a plan word');
  if (and !== undefined && noiseText !== undefined && /^\d+$/.test(noiseText))
    throw unreadable(word, index, 'an average has two source layers; a noise of 1 is written 1.0');
  if (out !== undefined && (star !== undefined || fresh === 'i' || fresh === 'z'))
    throw unreadable(word, index, 'a layer that adds nothing cannot have a factor as well');
  const times = timesText === undefined ? 1 : Number(timesText);
  if (times < 1 || times > MAX_LAYERS)
    throw unreadable(word, index, `it must stand for 1 to ${MAX_LAYERS} layers`);
  const outScale = out === undefined ? 1 : parseNumber(out);
  const entry: PlanEntry = {
    body: parseBody(fresh, layer, and),
    ...(star !== undefined || fresh === 'i'
      ? { identity: true }
      : scaled(outScale, mlp === undefined ? outScale : parseNumber(mlp))),
    ...(noiseText === undefined ? {} : { noise: parseNumber(noiseText) }),
  };
  if (![entry.outScale ?? 0, entry.outScaleMlp ?? 0, entry.noise ?? 0].every(Number.isFinite))
    throw unreadable(word, index, 'its numbers must be finite');
  return Array.from({ length: times }, () => structuredClone(entry));
}

function parseBody(
  fresh: string | undefined,
  layer: string | undefined,
  and: string | undefined,
): PlanEntry['body'] {
  if (fresh !== undefined) return { kind: fresh === 'z' ? 'zero' : 'random' };
  return averageOf(Number(layer), Number(and ?? layer));
}

/** The body that is the average of two source layers: a copy where they are one. */
export function averageOf(layer: number, and: number): PlanEntry['body'] {
  return layer === and ? { kind: 'copy', layer } : { kind: 'average', layer, and };
}

function parseNumber(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = sign < 0 ? text.slice(1) : text;
  const [numerator, denominator] = digits.split('/');
  if (denominator !== undefined) return (sign * Number(numerator)) / Number(denominator);
  return sign * (FRACTIONS[digits] ?? Number(digits));
}

function unreadable(word: string, index: number, why: string): EspalierError {
  const shown = word.length > 40 ? `${word.slice(0, 40)}…` : word;
  return new EspalierError(
    'bad-input',
    `Word ${index + 1} of the plan, ${JSON.stringify(shown)}, cannot be read: ${why}`,
    {
      hint: 'Use 3 (copy), 3* (copy computing x ↦ x), 3~0.5 (scaled), 3+0.01 (noise), 1+2 (average), r, i or z; x4 after a word repeats it.',
    },
  );
}
