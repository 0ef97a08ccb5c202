/** The look of a candidate as it came over the wire, for the parts that draw it. */
import type { CandidateLook } from '../../src-main/contract/window/studies.ts';
import { LIGHT_TOKENS, type Look, type Marker, type Token } from '../../src-main/report/theme.ts';

const MARKERS: readonly string[] = ['circle', 'square', 'triangle', 'diamond', 'cross'] satisfies Marker[];
const isToken = (name: string): name is Token => name in LIGHT_TOKENS;
const isMarker = (name: string): name is Marker => MARKERS.includes(name);

/** Null for what this version does not know how to draw. */
export function lookOf(sent: CandidateLook | null): Look | null {
  if (sent === null || !isToken(sent.token) || !isMarker(sent.marker)) return null;
  return { token: sent.token, dash: sent.dash, marker: sent.marker };
}
