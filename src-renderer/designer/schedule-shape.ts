/** Where the blocks of a schedule are, in pixels: width in proportion to FLOPs, height to depth. */
import type { ScheduleBlock } from './stage-schedule.ts';

export interface ScheduleShape {
  readonly blocks: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** Growing points: a line at each, and the middle of its name, moved apart where two are close. */
  readonly points: readonly { readonly index: number; readonly x: number; readonly labelX: number }[];
  readonly depths: readonly { readonly layers: number; readonly y: number }[];
  /** Pixels that all FLOPs together have. */
  readonly scaleWidth: number;
}

const LEFT = 29;
const RIGHT = 12;
const TOP = 16;
const BOTTOM = 22;
/** Least distance of two names of growing points, and of depth lines. */
const LABEL = 44;
/** Width of the name where there is one growing point. */
const SINGLE_LABEL = 140;
const LINE = 14;

export function scheduleShape(
  blocks: readonly ScheduleBlock[],
  width: number,
  height: number,
): ScheduleShape {
  const total = blocks.reduce((sum, { flops }) => sum + flops, 0);
  const scaleWidth = Math.max(1, width - LEFT - RIGHT);
  const deepest = Math.max(1, ...blocks.map(({ layers }) => layers));
  const floor = height - BOTTOM;
  const yOf = (layers: number): number => floor - (layers / deepest) * (floor - TOP);
  const isSingle = blocks.filter(({ kind }) => kind === 'search').length === 1;
  const points: { index: number; x: number; labelX: number }[] = [];
  let x = LEFT;
  const shapes = blocks.map((block) => {
    const own = total > 0 ? (block.flops / total) * scaleWidth : 0;
    if (block.kind === 'search') {
      const before = points.at(-1)?.labelX ?? LEFT + (isSingle ? SINGLE_LABEL : LABEL) / 2 + 8 - LABEL;
      points.push({ index: block.index, x, labelX: Math.max(x, before + LABEL) });
    }
    const y = yOf(block.layers);
    const shape = { x, y, width: own, height: floor - y };
    x += own;
    return shape;
  });
  const depths: { layers: number; y: number }[] = [];
  for (const layers of [...new Set(blocks.map((block) => block.layers))].sort((a, b) => b - a)) {
    const y = yOf(layers);
    if (depths.length === 0 || y - depths.at(-1)!.y >= LINE) depths.push({ layers, y });
  }
  return { blocks: shapes, points, depths, scaleWidth };
}
