/** What the growth of one policy looks like in pixels: blocks, searches, shoots, labels. Pure. */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import type { TimelinePolicy } from '../../src-main/contract/window/timeline.ts';
import { sourcesOf } from '../../src-main/growth/plan-normal-form.ts';
import { type Lane, type Lanes, lastStageOf } from './lanes.ts';
import type { Placement } from './placement.ts';

export interface GrowthSize {
  /** Width of the plot in pixels, whole axis. */
  readonly width: number;
  /** Value at the right end of the axis. */
  readonly end: number;
  /** Height of one lane in pixels. */
  readonly pitch: number;
}

export interface Block {
  readonly key: string;
  readonly row: number;
  readonly stage: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Shade by stage of birth, from 0 for old wood to 4 for the newest. */
  readonly age: number;
  /** `done`: trained. `planned`: to come. */
  readonly look: 'done' | 'planned';
}

export interface Shoot {
  readonly key: string;
  /** SVG path. */
  readonly path: string;
  /** Centre of the dotted circle of a layer without parent; null for copies. */
  readonly seed: { readonly x: number; readonly y: number } | null;
  readonly isIdentity: boolean;
}

export interface GrowthDrawing {
  readonly blocks: readonly Block[];
  readonly shoots: readonly Shoot[];
  /** Dashed lines of layers while the next stage is searched. */
  readonly waits: readonly { readonly key: string; readonly path: string }[];
  readonly searches: readonly {
    readonly growingPoint: number;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** Lines from the ground to the top of the layers of the next stage. */
  readonly growingPoints: readonly {
    readonly growingPoint: number;
    readonly x: number;
    readonly y: number;
  }[];
  readonly height: number;
}

/** Blocks lower than this have no outline and are drawn together. */
export const OUTLINED_FROM = 5;

/** Blocks of one look and shade as one path: hundreds of layers are few elements. */
export function blockPaths(
  blocks: readonly Block[],
): { readonly look: Block['look']; readonly age: number; readonly path: string }[] {
  return [...Map.groupBy(blocks, ({ look, age }) => `${look} ${age}`).values()].map((own) => ({
    look: own[0]!.look,
    age: own[0]!.age,
    path: own.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h${-width}z`).join(''),
  }));
}

/** Shades there are for stages of birth. */
const AGES = 5;

export function growthDrawing(lanes: Lanes, placement: Placement, size: GrowthSize): GrowthDrawing {
  const { width, pitch, end } = size;
  const height = lanes.rows * pitch;
  const scale = end > 0 ? width / end : 0;
  const x = (value: number): number => round(value * scale);
  const middle = (row: number): number => round(height - (row + 0.5) * pitch);
  const thickness = Math.max(2, Math.min(16, Math.round(pitch * 0.4)));
  const lastKnown = lanes.knownStages - 1;
  const age = (stage: number): number =>
    lastKnown < AGES ? stage : Math.round((stage / lastKnown) * (AGES - 1));
  const blocks: Block[] = [];
  const shoots: Shoot[] = [];
  const waits: { key: string; path: string }[] = [];
  const block = (
    row: number,
    stage: number,
    from: number,
    to: number,
    over: Pick<Block, 'age' | 'look'>,
  ): void => {
    blocks.push({
      key: `${row} ${stage} ${over.look}`,
      row,
      stage,
      x: x(from),
      y: middle(row) - thickness / 2,
      width: Math.max(1, x(to) - x(from)),
      height: thickness,
      ...over,
    });
  };
  for (const lane of lanes.lanes) {
    const y = middle(lane.row);
    for (const { stage, from, done, to } of placement.stages) {
      const number = stage.stage;
      if (number < lane.bornInStage || number > lastStageOf(lane)) continue;
      if (done > from) block(lane.row, number, from, done, { age: age(lane.bornInStage), look: 'done' });
      if (to > done) block(lane.row, number, done, to, { age: age(lane.bornInStage), look: 'planned' });
      const search = placement.growingPoints.find(({ growingPoint }) => growingPoint === number - 1);
      if (!search) continue;
      if (number > lane.bornInStage) {
        if (search.to > search.at)
          waits.push({ key: `${lane.row} ${number}`, path: `M${x(search.at)} ${y}H${x(search.to)}` });
      } else shoots.push(...shootsOf(lane, x(search.at), x(search.to), middle, pitch));
    }
  }
  // Stages to come: as many outlines as layers are planned, whatever they will be made of.
  const rest = lanes.rows - lanes.lanes.length;
  const living = lanes.lanes.filter((lane) => lastStageOf(lane) === lastKnown).map(({ row }) => row);
  const rows = [...living, ...Array.from({ length: rest }, (_, index) => lanes.lanes.length + index)];
  for (const { stage, from, to } of placement.stages)
    if (stage.stage > lastKnown)
      for (const row of rows.slice(0, stage.layers))
        block(row, stage.stage, from, to, { age: 0, look: 'planned' });
  const topOf = (number: number): number => {
    const depth = placement.stages.find(({ stage }) => stage.stage === number)?.stage.layers ?? 0;
    return round(Math.max(0, height - rowsBelow(lanes, number, depth) * pitch));
  };
  return {
    blocks,
    shoots,
    waits,
    searches: placement.growingPoints
      .filter(({ at, to }) => to > at)
      .map(({ growingPoint, at, to }) => ({
        growingPoint,
        x: x(at),
        y: topOf(growingPoint + 1),
        width: Math.max(1, x(to) - x(at)),
        height: round(height - topOf(growingPoint + 1)),
      })),
    growingPoints: placement.growingPoints.map(({ growingPoint, at }) => ({
      growingPoint,
      x: x(at),
      y: topOf(growingPoint + 1),
    })),
    height,
  };
}

/** Rows from the bottom that reach over every layer of a stage. */
function rowsBelow({ lanes, knownStages, rows }: Lanes, stage: number, depth: number): number {
  if (stage >= knownStages)
    return Math.min(
      rows,
      lanes.length - lanes.filter((lane) => lastStageOf(lane) === knownStages - 1).length + depth,
    );
  return (
    1 +
    Math.max(
      -1,
      ...lanes
        .filter((lane) => lane.bornInStage <= stage && lastStageOf(lane) >= stage)
        .map(({ row }) => row),
    )
  );
}

/** One from the parent of a layer, or its seed; for an average one from each of its two. */
function shootsOf(
  lane: Lane,
  at: number,
  to: number,
  middle: (row: number) => number,
  pitch: number,
): Shoot[] {
  const y = middle(lane.row);
  const isIdentity = lane.made?.identity === true;
  const key = `${lane.row} shoot`;
  const radius = Math.max(2, Math.min(5, pitch * 0.22));
  if (lane.parent === null)
    return [
      {
        key,
        path: `M${round(at + radius)} ${y}H${Math.max(to, round(at + radius))}`,
        seed: { x: at, y },
        isIdentity,
      },
    ];
  // Leaves its parent just before the growing point and bends into its own lane.
  const bend = Math.min(14, Math.max(5, pitch / 3));
  return [lane.parent, lane.otherParent].flatMap((parent, index) => {
    if (parent === null) return [];
    const from = middle(parent.row);
    const turn = y < from ? 1 : -1;
    const corner = Math.min(8, Math.abs(from - y) / 2);
    const path = `M${round(at - bend)} ${from}C${at} ${from} ${round(at - bend / 2)} ${round(y + turn * corner)} ${at} ${y}H${Math.max(at, to)}`;
    return [{ key: index === 0 ? key : `${key} 2`, path, seed: null, isIdentity }];
  });
}

/** How a layer came into being, short: for the end of its lane. */
export function originInWords(made: PlanEntry | null): string {
  if (made === null) return 'from the start';
  const { body, identity, outScale = 1, outScaleMlp = outScale, noise = 0 } = made;
  if (body.kind === 'zero') return 'zeros';
  if (body.kind === 'random') return identity ? 'random, identity' : 'random';
  const scaled = !identity && (outScale !== 1 || outScaleMlp !== 1) ? ', scaled' : '';
  const what = body.kind === 'average' ? 'average' : 'copy';
  return `${identity ? `identity ${what}` : what} of ${sourcesOf(body).join(' and ')}${scaled}${noise > 0 ? ', with noise' : ''}`;
}

/** Number of the parent in the stage before, both for an average; null without parent. */
function parentCell({ parent, made }: Lane): number | string | null {
  const [first, second] = parent && made ? sourcesOf(made.body) : [];
  return second === undefined ? (first ?? null) : `${first} and ${second}`;
}

/** Everything about where every layer of one policy comes from, for the table beside the drawing. */
export function laneRows(
  lanes: Lanes,
  policy: Pick<TimelinePolicy, 'stages'>,
): readonly (readonly (string | number | null)[])[] {
  return lanes.lanes.toReversed().map((lane) => {
    const end = lastStageOf(lane);
    const isThere = end === lanes.knownStages - 1;
    return [
      isThere ? lane.places.at(-1)! : null,
      lane.bornInStage + 1,
      policy.stages[lane.bornInStage]?.layers ?? null,
      lane.places[0]!,
      parentCell(lane),
      originInWords(lane.made),
      lane.strategy,
      lane.places.length,
      isThere ? null : end + 1,
    ];
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;
