/**
 * A layer plan as shapes: one column for each target layer from input to output, height = source layer from 0 at
 * the bottom, fill = what the layer adds at the start. Two signs carry it and neither is colour alone: on a wire
 * or not says whether there is a source, solid or hollow whether the function changes. The hue of a copy only
 * repeats its height. The average of two source layers is two marks joined by a bridge. Reports print the shapes as
 * SVG text, the window as SVG elements.
 */
import type { PlanEntry } from '../contract/layer-plan.ts';
import { sourcesOf } from '../growth/plan-normal-form.ts';
import { parsePlanEntries } from '../growth/plan-shorthand.ts';

export interface GlyphSize {
  /** Height in pixels: 12 for table rows, 28 to 40 for cards. */
  readonly height: number;
  /** Widest allowed drawing in pixels. */
  readonly maxWidth: number;
}

export interface GlyphRectangle {
  readonly kind: 'rectangle';
  /** Classes: `copy`, `hollow` (also `new`, `noisy`, `thin`) or `tint`. */
  readonly look: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Corner radius; 0 for square corners. */
  readonly radius: number;
  /** For copies: per cent of the text colour, from 100 % at the input to 55 % at the output. */
  readonly hue: string | null;
}

export interface GlyphDot {
  readonly kind: 'dot';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export type GlyphMark = GlyphRectangle | GlyphDot;

export interface GlyphShape {
  readonly width: number;
  readonly height: number;
  /** Heights of the wires, one for each source layer; none on small glyphs. */
  readonly wires: readonly number[];
  readonly marks: readonly GlyphMark[];
}

/** The entries of a plan in shorthand; null for what is not a plan, such as the controls `scratch`, `embOnly`. */
export function readPlanWords(plan: string): readonly PlanEntry[] | null {
  try {
    return parsePlanEntries(plan);
  } catch {
    return null;
  }
}

/** The shapes of a plan for a source of `sourceLayers` layers, in pixels from the top left corner. */
export function glyphShape(entries: readonly PlanEntry[], sourceLayers: number, size: GlyphSize): GlyphShape {
  const { height } = size;
  const isSmall = height < 28;
  const gap = isSmall ? 1 : 2;
  const pitchX = Math.max(2, Math.min(isSmall ? 6 : 12, Math.floor(size.maxWidth / entries.length)));
  const columnWidth = Math.max(1, pitchX - (pitchX > 3 ? gap : 0));
  const rows = Math.max(1, sourceLayers);
  const pitchY = height / rows;
  const markHeight = Math.min(pitchY, Math.max(isSmall ? 2 : 4, pitchY * (isSmall ? 1 : 0.66)));
  const wires = isSmall
    ? []
    : Array.from({ length: rows }, (_, layer) => round(height - (layer + 0.5) * pitchY));
  const marks = entries.flatMap((entry, index) =>
    drawLayer(entry, {
      x: index * pitchX + (pitchX - columnWidth) / 2,
      width: columnWidth,
      height,
      pitchY,
      markHeight,
      rows,
      radius: isSmall ? 0 : 1.5,
    }),
  );
  return { width: entries.length * pitchX, height, wires, marks };
}

/** `Layer plan: copies of 0 to 3, then identity copies of 0 to 3`. */
export function describePlan(entries: readonly PlanEntry[]): string {
  const runs: { kind: string; layers: number[]; count: number }[] = [];
  for (const entry of entries) {
    const kind = kindInWords(entry);
    const last = runs.at(-1);
    const layer = loneSource(entry);
    if (last?.kind === kind && (layer === null || last.layers.at(-1) === layer - 1)) {
      last.count++;
      if (layer !== null) last.layers.push(layer);
    } else runs.push({ kind, layers: layer === null ? [] : [layer], count: 1 });
  }
  const words = runs.map(({ kind, layers, count }) => {
    if (layers.length === 0) return count === 1 ? kind : `${count} times ${kind}`;
    return layers.length === 1 ? `${kind} of ${layers[0]}` : `${kind} of ${layers[0]} to ${layers.at(-1)}`;
  });
  return `Layer plan: ${words.join(', then ')}`;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly pitchY: number;
  readonly markHeight: number;
  readonly rows: number;
  readonly radius: number;
}

function drawLayer(entry: PlanEntry, place: Place): GlyphMark[] {
  const { x, width, height, pitchY, markHeight, radius } = place;
  const isHollow = addsNothing(entry);
  const sources = sourcesOf(entry.body).map((layer) => Math.min(layer, place.rows - 1));
  const [source, upper] = sources;
  if (source !== undefined) {
    const topOf = (layer: number): number => height - (layer + 0.5) * pitchY - markHeight / 2;
    const box = { x, y: topOf(source), width, height: markHeight, radius };
    if (upper === undefined || upper === source) return drawMark(entry, box, hueOf(source, place.rows));
    return drawAverage(
      entry,
      box,
      topOf(upper),
      [source, upper].map((layer) => hueOf(layer, place.rows)),
    );
  }
  const column = { x, y: 0, width, height, radius };
  if (entry.body.kind === 'zero') return [hollow(column, 'hollow new', null)];
  const dots = dotsIn(place, isHollow ? 2 : 1);
  return [isHollow ? hollow(column, 'hollow new', null) : rectangle(column, 'tint', null), ...dots];
}

/** One mark on a wire: solid, hollow, or filled from below up to its factor. */
function drawMark(entry: PlanEntry, box: Box, hue: string | null): GlyphMark[] {
  const noisy = entry.noise ? ' noisy' : '';
  if (addsNothing(entry)) return [hollow(box, `hollow${noisy}`, hue)];
  const scale = Math.min(
    1,
    Math.abs(entry.outScale ?? 1),
    Math.abs(entry.outScaleMlp ?? entry.outScale ?? 1),
  );
  if (scale >= 1) return [rectangle(box, `copy${noisy}`, hue)];
  const filled = Math.max(1, box.height * scale);
  const fill = { ...box, y: box.y + box.height - filled, height: filled, radius: 0 };
  return [hollow(box, 'hollow', hue), rectangle(fill, 'copy', hue)];
}

/**
 * Two marks and a bridge. Marks of neighbours on small glyphs touch each other, so both give way until the bridge
 * between them can be seen.
 */
function drawAverage(
  entry: PlanEntry,
  lower: Box,
  upperTop: number,
  [lowerHue = null, upperHue = null]: readonly (string | null)[],
): GlyphMark[] {
  const bottom = lower.y + lower.height;
  const least = Math.min(2, (bottom - upperTop) / 3);
  const height = Math.min(lower.height, (bottom - upperTop - least) / 2);
  const bridgeWidth = Math.max(1, Math.round(lower.width * 0.36));
  const bridge = {
    x: lower.x + (lower.width - bridgeWidth) / 2,
    y: upperTop + height,
    width: bridgeWidth,
    height: bottom - upperTop - 2 * height,
    radius: 0,
  };
  return [
    rectangle(bridge, 'copy', lowerHue),
    ...drawMark(entry, { ...lower, y: bottom - height, height }, lowerHue),
    ...drawMark(entry, { ...lower, y: upperTop, height }, upperHue),
  ];
}

/** A few dots in a regular offset pattern; `sparse` 2 draws half of them. */
function dotsIn(place: Place, sparse: number): GlyphDot[] {
  const { x, width, height } = place;
  const step = width < 4 ? 3 : 4.5;
  const radius = width < 6 ? 0.8 : 1.1;
  const dots: GlyphDot[] = [];
  for (let row = 0; (row + 0.5) * step < height; row += sparse) {
    const offset = width < 4 ? width / 2 : row % (2 * sparse) === 0 ? width * 0.28 : width * 0.72;
    dots.push({ kind: 'dot', x: round(x + offset), y: round((row + 0.5) * step), radius });
  }
  return dots;
}

type Box = Pick<GlyphRectangle, 'x' | 'y' | 'width' | 'height' | 'radius'>;

function rectangle({ x, y, width, height, radius }: Box, look: string, hue: string | null): GlyphRectangle {
  const box = { x: round(x), y: round(y), width: round(width), height: round(height) };
  return { kind: 'rectangle', look, ...box, radius, hue };
}

/** An outline that stays inside its box, so that hollow and solid marks have one size. */
function hollow({ x, y, width, height, radius }: Box, look: string, hue: string | null): GlyphRectangle {
  if (width < 3 || height < 2.5) return rectangle({ x, y, width, height, radius }, `${look} thin`, hue);
  return rectangle({ x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1, radius }, look, hue);
}

/** Copies go from the text colour at the input to green at the output: per cent of the text colour. */
function hueOf(layer: number, rows: number): string {
  return `${Math.round(100 - (rows < 2 ? 0 : (layer / (rows - 1)) * 45))}%`;
}

/** The source layer of a copy; null for averages and new layers. */
function loneSource({ body }: PlanEntry): number | null {
  const [source, upper] = sourcesOf(body);
  return upper === undefined ? (source ?? null) : null;
}

function addsNothing(entry: PlanEntry): boolean {
  return entry.identity === true || (entry.outScale === 0 && (entry.outScaleMlp ?? 0) === 0);
}

function kindInWords(entry: PlanEntry): string {
  const noise = entry.noise ? ' with noise' : '';
  switch (entry.body.kind) {
    case 'zero':
      return 'a layer of zeros';
    case 'random':
      return addsNothing(entry) ? 'a random layer that adds nothing at first' : 'a random layer';
    case 'copy':
    case 'average': {
      const [source, upper] = sourcesOf(entry.body);
      const isAverage = upper !== undefined;
      // Runs join copies of rising layers, so the layer of a copy is said by the run.
      const of = isAverage ? ` of ${source} and ${upper}` : '';
      const what = isAverage ? 'average' : 'copy';
      if (addsNothing(entry)) return `identity ${what}${noise}${of}`;
      const scale = entry.outScale ?? 1;
      return scale === 1 && (entry.outScaleMlp ?? 1) === 1
        ? `${what}${noise}${of}`
        : `${what} scaled by ${scale}${noise}${of}`;
    }
    default:
      return entry.body satisfies never;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
