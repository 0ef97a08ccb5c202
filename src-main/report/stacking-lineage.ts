/**
 * Where the layers of a grown model come from, as inline SVG: a column for each stage with layer 0 at the bottom, a
 * cell for each layer, a line to the layer it was made from, two for an average. A cell carries the name its oldest ancestor was born
 * with (`2.3`: layer 3 of stage 2), and its shade says the stage of birth.
 */
import type { LayerAncestor, LayerOrigin, PolicyAnalysis } from '../contract/stacking-analysis.ts';
import { parentsOf } from '../growth/plan-normal-form.ts';
import { escapeHtml } from './markup.ts';

export interface Lineage {
  readonly layers: readonly LayerOrigin[];
  /** Layers of every stage, from the first. */
  readonly depths: readonly number[];
}

export const lineageOf = ({ lineage, stages }: PolicyAnalysis): Lineage => ({
  layers: lineage,
  depths: stages.map(({ layers }) => layers),
});

/** `2.3`: layer 3 of stage 2, both as people count stages and as the program counts layers. */
export const birthName = ({ bornInStage, bornAsLayer }: LayerOrigin): string =>
  `${bornInStage + 1}.${bornAsLayer}`;

/** How a layer came into being at a growing point, in words. */
export function ancestorInWords({ kind, from, and, outScale, outScaleMlp, noise }: LayerAncestor): string {
  const isIdentity = outScale === 0 && outScaleMlp === 0;
  const noisy = noise > 0 ? ', with noise' : '';
  if (kind === 'zero') return 'zeros';
  if (kind === 'random') return isIdentity ? 'random, adds nothing at first' : 'random';
  const what = and === undefined ? `copy of ${from}` : `average of ${from} and ${and}`;
  if (isIdentity) return `identity ${what}${noisy}`;
  return `${outScale === 1 && outScaleMlp === 1 ? '' : 'scaled '}${what}${noisy}`;
}

/** What of each stage lives on: the layers of the final model and all their ancestors, by stage and place. */
interface Cell {
  readonly stage: number;
  readonly place: number;
  readonly name: string;
  readonly bornInStage: number;
  /** How it was made at the growing point before its stage; null in the first stage. */
  readonly made: LayerAncestor | null;
}

function cellsOf({ layers, depths }: Lineage): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const lastStage = depths.length - 1;
  for (const origin of layers) {
    let place = origin.layer;
    for (let stage = lastStage; stage >= origin.bornInStage; stage--) {
      const made = origin.ancestors.find(({ growingPoint }) => growingPoint === stage - 1) ?? null;
      cells.set(`${stage} ${place}`, {
        stage,
        place,
        name: birthName(origin),
        bornInStage: origin.bornInStage,
        made,
      });
      if (made === null || made.from === null || made.kind === 'average') break;
      place = made.from;
    }
  }
  return cells;
}

const HEADER = 20;

/** The diagram of one final model; empty text for a model that was not grown. */
export function lineageSvg(lineage: Lineage, id: string, label: string): string {
  const { layers, depths } = lineage;
  if (layers.length === 0 || depths.length < 2) return '';
  const deepest = Math.max(...depths);
  const pitch = Math.max(4, Math.min(19, Math.floor(420 / deepest)));
  const cellHeight = pitch > 8 ? pitch - 3 : pitch - 1;
  const hasNames = pitch >= 15;
  const cellWidth = hasNames ? 36 : 22;
  const gap = 40;
  const height = HEADER + deepest * pitch + 2;
  const width = depths.length * cellWidth + (depths.length - 1) * gap;
  const cells = cellsOf(lineage);
  const left = (stage: number): number => stage * (cellWidth + gap);
  const top = (place: number): number => height - 2 - (place + 1) * pitch + (pitch - cellHeight);
  const middle = (place: number): number => top(place) + cellHeight / 2;
  const parts: string[] = [];
  /** Cells that an average was made of; they may be carried on in no other way. */
  const averaged = new Set<string>();
  for (const { stage, place, made } of cells.values()) {
    if (made === null) continue;
    const y = round(middle(place));
    if (made.from === null) {
      parts.push(
        `<circle class="born" cx="${left(stage) - 9}" cy="${y}" r="${Math.min(4.5, cellHeight / 2)}"/>`,
      );
      parts.push(`<path class="shoot" d="M${left(stage) - 4.5} ${y}H${left(stage)}"/>`);
      continue;
    }
    const [x1, x2] = [left(stage - 1) + cellWidth, left(stage)];
    const bend = round((x1 + x2) / 2);
    const stays = made.kind === 'copy' && made.from === place;
    const isIdentity = made.outScale === 0 && made.outScaleMlp === 0;
    const kind = isIdentity ? 'shoot identity' : stays ? 'stays' : 'shoot';
    for (const parent of parentsOf(made)) {
      const from = round(middle(parent));
      parts.push(`<path class="${kind}" d="M${x1} ${from}C${bend} ${from} ${bend} ${y} ${x2} ${y}"/>`);
      if (made.kind === 'average') averaged.add(`${stage - 1} ${parent}`);
    }
  }
  depths.forEach((depth, stage) => {
    parts.push(
      `<text class="head" x="${left(stage) + cellWidth / 2}" y="11" text-anchor="middle">${stage + 1}</text>`,
    );
    for (let place = 0; place < depth; place++) {
      const cell = cells.get(`${stage} ${place}`);
      const box = `x="${left(stage) + 0.5}" y="${round(top(place) + 0.5)}" width="${cellWidth - 1}" height="${cellHeight - 1}"`;
      if (!cell) {
        const end = averaged.has(`${stage} ${place}`) ? 'carried on in averages only' : 'not carried on';
        parts.push(`<rect class="gone" ${box}><title>layer ${place}: ${end}</title></rect>`);
        continue;
      }
      const title = `layer ${place} of stage ${stage + 1}: ${cell.made ? ancestorInWords(cell.made) : 'there from the start'}, born as ${cell.name}`;
      const isNew = cell.made !== null && cell.made.kind !== 'copy';
      parts.push(
        `<rect class="cell b${Math.min(cell.bornInStage, 3)}${isNew ? ' new' : ''}" ${box} rx="1.5"><title>${escapeHtml(title)}</title></rect>`,
      );
      if (hasNames)
        parts.push(
          `<text class="cellname b${Math.min(cell.bornInStage, 3)}" x="${left(stage) + cellWidth / 2}" y="${round(middle(place) + 3.8)}" text-anchor="middle">${cell.name}</text>`,
        );
    }
  });
  const words = layers.map((origin) => `layer ${origin.layer} born as ${birthName(origin)}`).join(', ');
  return `<svg class="lineage" role="img" aria-labelledby="${id}-title ${id}-text" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title id="${id}-title">${escapeHtml(`Origin of the layers: ${label}`)}</title><desc id="${id}-text">${escapeHtml(words)}</desc>${parts.join('')}</svg>`;
}

const round = (value: number): number => Math.round(value * 100) / 100;
