/** A layer plan as inline SVG text, for reports; the shapes come from glyph-shape.ts. */
import { describePlan, type GlyphMark, type GlyphSize, glyphShape, readPlanWords } from './glyph-shape.ts';
import { escapeHtml } from './markup.ts';

/**
 * Inline SVG of a plan given in shorthand, with an accessible name in words.
 * `sourceLayers` is the depth L of the source. Plans that cannot be read are shown as text.
 */
export function planGlyph(plan: string, sourceLayers: number, size: GlyphSize): string {
  const entries = readPlanWords(plan);
  if (entries === null) return `<span class="plan-text">${escapeHtml(plan)}</span>`;
  const { width, height, wires, marks } = glyphShape(entries, sourceLayers, size);
  const drawn =
    wires.map((y) => `<path class="wire" d="M0 ${y}H${width}"/>`).join('') + marks.map(printMark).join('');
  const name = describePlan(entries);
  return `<svg class="glyph" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-label="${escapeHtml(name)}"><title>${escapeHtml(`${plan}: ${name}`)}</title>${drawn}</svg>`;
}

function printMark(mark: GlyphMark): string {
  if (mark.kind === 'dot') return `<circle class="dot" cx="${mark.x}" cy="${mark.y}" r="${mark.radius}"/>`;
  const corner = mark.radius > 0 ? ` rx="${mark.radius}"` : '';
  const hue = mark.hue === null ? '' : ` style="--layer:${mark.hue}"`;
  return `<rect class="${mark.look}" x="${mark.x}" y="${mark.y}" width="${mark.width}" height="${mark.height}"${corner}${hue}/>`;
}
