/** Geometry of a candidate's key sample, 26 x 12 px: the sample that reports draw, for templates. */
import type { Look, Marker } from '../../src-main/report/theme.ts';

export const KEY_WIDTH = 26;
export const KEY_HEIGHT = 12;
/** The line through the middle of the sample. */
export const KEY_LINE = 'M1 6H25';

interface MarkerShape {
  readonly path: string;
  /** Drawn as a stroke; other markers are filled. */
  readonly isOpen: boolean;
}

const SHAPES: Readonly<Record<Marker, MarkerShape>> = {
  circle: { path: 'M10 6a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z', isOpen: false },
  square: { path: 'M10 3H16V9H10Z', isOpen: false },
  triangle: { path: 'M13 2.2L16.8 9.4H9.2Z', isOpen: false },
  diamond: { path: 'M13 1.8L17 6L13 10.2L9 6Z', isOpen: false },
  cross: { path: 'M10.4 3.4L15.6 8.6M15.6 3.4L10.4 8.6', isOpen: true },
};

/** Path of a marker in the middle of the sample. */
export const markerShape = (marker: Marker): MarkerShape => SHAPES[marker];

/** Value of `stroke-dasharray`; undefined for a solid line. */
export const dashArray = ({ dash }: Pick<Look, 'dash'>): string | undefined =>
  dash.length === 0 ? undefined : dash.join(' ');
