/** Draws curves straight on a canvas: the same lines, dashes and markers as the option for reports and exports. */
import type { Area, ChartSize } from '../../src-main/report/chart-layout.ts';
import type { Marker, Palette } from '../../src-main/report/theme.ts';
import type { CurveRanges, CurvesInput, DrawnLine, XYPoint } from './curve-ranges.ts';
import { curvesLayout } from './curves-layout.ts';
import { placeOf, type XScale } from './x-scale.ts';

export interface LineDrawing extends Pick<CurvesInput, 'lines' | 'scale' | 'shown' | 'isLogY'> {
  readonly ranges: CurveRanges;
  readonly size: ChartSize;
  readonly palette: Palette;
}

/** Measured points up to which every one has a marker. */
const MOST_MARKED = 12;

/** Places of points on the axis, kept for as long as the points are: logarithms of a million steps cost. */
const places = new WeakMap<readonly XYPoint[], { readonly key: string; readonly at: Float64Array }>();

function placesOf(points: readonly XYPoint[], scale: XScale): Float64Array {
  const key = `${scale.isLog} ${scale.unit}`;
  const known = places.get(points);
  if (known?.key === key) return known.at;
  const at = Float64Array.from(points, ([x]) => placeOf(scale, x));
  places.set(points, { key, at });
  return at;
}

export function drawLines(context: CanvasRenderingContext2D, drawing: LineDrawing): void {
  const { upper, lower } = curvesLayout(drawing.size, drawing.shown);
  // Quiet lines first, so that what is looked at lies above them.
  const order = drawing.lines.toSorted((a, b) => a.weight.width - b.weight.width);
  for (const { area, range, isLog, pointsOf } of [
    {
      area: upper,
      range: drawing.ranges.values,
      isLog: drawing.isLogY,
      pointsOf: (line: DrawnLine) => line.values,
    },
    { area: lower, range: drawing.ranges.gaps, isLog: false, pointsOf: (line: DrawnLine) => line.gaps },
  ]) {
    if (!area) continue;
    context.save();
    context.beginPath();
    context.rect(area.left - 4, area.top, area.width + 8, area.height + 4);
    context.clip();
    const frame = { area, range, isLog, scale: drawing.scale };
    for (const line of order) {
      const colour = drawing.palette(line.weight.isColoured ? line.look.token : 'text-3');
      if (area === upper && line.rawValues.length > 0)
        stroke(context, line.rawValues, frame, { colour, width: 1, opacity: 0.25, dash: [] });
      stroke(context, pointsOf(line), frame, {
        colour,
        width: line.weight.width,
        opacity: line.weight.opacity,
        // Hairlines among hundreds are told by pointing at them; dashes would only cost.
        dash: line.weight.isColoured ? line.look.dash : [],
      });
      mark(context, pointsOf(line), frame, line, colour);
    }
    context.restore();
  }
}

interface Frame {
  readonly area: Area;
  readonly range: { readonly min: number; readonly max: number };
  readonly isLog: boolean;
  readonly scale: XScale;
}

function stroke(
  context: CanvasRenderingContext2D,
  points: readonly XYPoint[],
  frame: Frame,
  pen: {
    readonly colour: string;
    readonly width: number;
    readonly opacity: number;
    readonly dash: readonly number[];
  },
): void {
  context.beginPath();
  let isDown = false;
  eachPixel(points, frame, (x, y) => {
    if (y === null) isDown = false;
    else if (isDown) context.lineTo(x, y);
    else {
      context.moveTo(x, y);
      isDown = true;
    }
  });
  context.setLineDash([...pen.dash]);
  context.strokeStyle = pen.colour;
  context.lineWidth = pen.width;
  context.globalAlpha = pen.opacity;
  context.lineJoin = 'round';
  context.stroke();
}

/** Points in sight and one beyond each edge. */
function eachPixel(
  points: readonly XYPoint[],
  { area, range, isLog, scale }: Frame,
  visit: (x: number, y: number | null) => void,
): void {
  const at = placesOf(points, scale);
  const [low, high] = [placeOf(scale, scale.from), placeOf(scale, scale.to)];
  const wide = area.width / (high - low || 1);
  const tall = area.height / (range.max - range.min || 1);
  const bottom = area.top + area.height;
  for (let index = 0; index < points.length; index++) {
    if (index + 1 < points.length && at[index + 1]! < low) continue;
    if (index > 0 && at[index - 1]! > high) break;
    const value = points[index]![1];
    const shown = value === null ? null : isLog ? (value > 0 ? Math.log10(value) : null) : value;
    visit(area.left + (at[index]! - low) * wide, shown === null ? null : bottom - (shown - range.min) * tall);
  }
}

function mark(
  context: CanvasRenderingContext2D,
  points: readonly XYPoint[],
  frame: Frame,
  { look, weight, isEmphasised }: DrawnLine,
  colour: string,
): void {
  if (points.length > MOST_MARKED * 2 || points.filter(([, y]) => y !== null).length > MOST_MARKED) return;
  context.setLineDash([]);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.globalAlpha = weight.opacity;
  const radius = isEmphasised ? 3.6 : 2.8;
  eachPixel(points, frame, (x, y) => {
    if (y === null) return;
    context.beginPath();
    outline(context, look.marker, x, y, radius);
    if (look.marker === 'cross') {
      context.lineWidth = 1.6;
      context.stroke();
    } else context.fill();
  });
}

function outline(
  context: CanvasRenderingContext2D,
  marker: Marker,
  x: number,
  y: number,
  radius: number,
): void {
  if (marker === 'circle') context.arc(x, y, radius, 0, 2 * Math.PI);
  else if (marker === 'square') context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else if (marker === 'cross') {
    context.moveTo(x - radius, y - radius);
    context.lineTo(x + radius, y + radius);
    context.moveTo(x + radius, y - radius);
    context.lineTo(x - radius, y + radius);
  } else {
    const tip = radius * 1.25;
    context.moveTo(x, y - tip);
    if (marker === 'diamond') context.lineTo(x + tip, y);
    context.lineTo(marker === 'diamond' ? x : x + tip, y + (marker === 'diamond' ? tip : radius));
    context.lineTo(x - tip, marker === 'diamond' ? y : y + radius);
    context.closePath();
  }
}
