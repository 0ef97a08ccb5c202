/**
 * Layers of a growing model as lanes: a lane is one layer from its birth to its end, whatever its number in each
 * stage. What goes on as it was stays in its lane; every other layer of the larger model is a shoot. Pure.
 */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import type { TimelineStage } from '../../src-main/contract/window/timeline.ts';
import { sourcesOf } from '../../src-main/growth/plan-normal-form.ts';
import { readPlanWords } from '../../src-main/report/glyph-shape.ts';

export interface Lane {
  /** From 0 at the bottom. */
  readonly row: number;
  /** Number of the layer in every stage in which it lives, from `bornInStage` on. */
  readonly places: readonly number[];
  readonly bornInStage: number;
  /** Lane it was copied from; null for layers without parent. */
  readonly parent: Lane | null;
  /** The other lane of an average; null for all others. */
  readonly otherParent: Lane | null;
  /** How it came into being; null for a layer of the first model. */
  readonly made: PlanEntry | null;
  /** Strategy that made it; null as above. */
  readonly strategy: string | null;
}

export interface Lanes {
  /** By row. */
  readonly lanes: readonly Lane[];
  /** Stages whose layers are known, from the first; later ones are only planned. */
  readonly knownStages: number;
  /** Rows of the largest stage, known or planned, those of ended lanes included. */
  readonly rows: number;
}

/** Last stage in which a lane lives. */
export const lastStageOf = ({ bornInStage, places }: Lane): number => bornInStage + places.length - 1;

interface OpenLane {
  readonly lane: {
    row: number;
    places: number[];
    bornInStage: number;
    parent: OpenLane['lane'] | null;
    otherParent: OpenLane['lane'] | null;
    made: PlanEntry | null;
    strategy: string | null;
  };
}

type Growing = OpenLane['lane'];

/** @param stages of one policy; known as far as their plans are */
export function lanesOf(stages: readonly Pick<TimelineStage, 'layers' | 'plan' | 'strategy'>[]): Lanes {
  const [first, ...grown] = stages;
  if (!first) return { lanes: [], knownStages: 0, rows: 0 };
  const all: Growing[] = [];
  const born = (stage: number, place: number, over: Partial<Growing> = {}): Growing => {
    const lane = {
      row: 0,
      places: [place],
      bornInStage: stage,
      parent: null,
      otherParent: null,
      made: null,
      strategy: null,
      ...over,
    };
    all.push(lane);
    return lane;
  };
  const byStage: Growing[][] = [Array.from({ length: first.layers }, (_, place) => born(0, place))];
  for (const [index, { plan, strategy }] of grown.entries()) {
    const entries = plan === null ? null : readPlanWords(plan);
    if (entries === null) break;
    byStage.push(
      grow(byStage[index]!, entries, (place, parent, otherParent) =>
        born(index + 1, place, { parent, otherParent, made: entries[place]!, strategy }),
      ),
    );
  }
  const rows = arrange(byStage);
  rows.forEach((lane, row) => {
    lane.row = row;
  });
  const deepest = Math.max(...stages.map(({ layers }) => layers));
  const known = byStage.at(-1)!.length;
  return { lanes: rows, knownStages: byStage.length, rows: rows.length + Math.max(0, deepest - known) };
}

/** Lanes of the next stage by place; those that go on get their next place. */
function grow(
  before: readonly Growing[],
  entries: readonly PlanEntry[],
  shoot: (place: number, parent: Growing | null, otherParent: Growing | null) => Growing,
): Growing[] {
  const heirs = new Map(before.map((lane, place) => [heirOf(place, entries), lane]));
  return entries.map((entry, place) => {
    const heir = heirs.get(place);
    if (heir) {
      heir.places.push(place);
      return heir;
    }
    const [parent = null, otherParent = null] = sourcesOf(entry.body).map((layer) => before[layer] ?? null);
    return shoot(place, parent, otherParent);
  });
}

/** Place at which a layer goes on: its first plain copy, else its first copy that computes something; −1 for none. */
function heirOf(layer: number, entries: readonly PlanEntry[]): number {
  const isCopy = ({ body, identity }: PlanEntry): boolean =>
    body.kind === 'copy' && body.layer === layer && identity !== true;
  const isPlain = ({ outScale = 1, outScaleMlp = outScale, noise = 0 }: PlanEntry): boolean =>
    outScale === 1 && outScaleMlp === 1 && noise === 0;
  const plain = entries.findIndex((entry) => isCopy(entry) && isPlain(entry));
  return plain >= 0 ? plain : entries.findIndex(isCopy);
}

/** Bottom to top: the last stage in its order, and each lane that ended before above its neighbour of then. */
function arrange(byStage: readonly (readonly Growing[])[]): Growing[] {
  const rows = [...byStage.at(-1)!];
  for (const lanes of byStage.toReversed().slice(1))
    lanes.forEach((lane, place) => {
      if (rows.includes(lane)) return;
      const below = place === 0 ? -1 : rows.indexOf(lanes[place - 1]!);
      rows.splice(below + 1, 0, lane);
    });
  return rows;
}
