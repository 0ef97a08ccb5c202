/**
 * Which candidates keep their colour, and how strongly each is drawn. The look itself (report/theme.ts) never
 * follows rank, filter or view; only the emphasis does.
 */
import { MAX_COLOURED } from '../../src-main/report/chart-parts.ts';

/** Members of a family that can be told by lightness; with more, colour is kept for those looked at. */
export const MAX_FAMILY_MEMBERS = 3;

/** What view and decision say of one candidate. */
export interface Attention {
  readonly isControl: boolean;
  /** Chosen, or tied with the chosen at the lag. */
  readonly isTied: boolean;
  readonly isSelected: boolean;
  readonly isPinned: boolean;
  readonly isHovered: boolean;
}

/** How one line is drawn: width in px, opacity 0 to 1. */
export interface LineWeight {
  readonly isColoured: boolean;
  readonly width: number;
  readonly opacity: number;
}

/** Whether a pool is too large to give every member its colour (largest family and whole pool, no controls). */
export function isCrowded(familySizes: readonly number[]): boolean {
  const total = familySizes.reduce((sum, size) => sum + size, 0);
  return total > MAX_COLOURED || Math.max(0, ...familySizes) > MAX_FAMILY_MEMBERS;
}

/**
 * Weight of a candidate's line. `isAnyHovered`: some candidate is under the pointer, so the others step back.
 * In high contrast no line is thinner than 1.5 px, and none is faint while nothing is hovered.
 */
export function lineWeight(
  attention: Attention,
  isPoolCrowded: boolean,
  isAnyHovered: boolean,
  isHighContrast = false,
): LineWeight {
  const { isHovered, isControl } = attention;
  if (isHovered) return { isColoured: true, width: 2.75, opacity: 1 };
  const isEmphasised = attention.isTied || attention.isSelected || attention.isPinned;
  const isQuiet = isPoolCrowded && !isEmphasised && !isControl;
  const width = isEmphasised ? 2.25 : isQuiet ? 1 : isControl ? 1.5 : 1.15;
  return {
    isColoured: !isQuiet,
    width: isHighContrast ? Math.max(1.5, width) : width,
    opacity: isAnyHovered ? 0.35 : isEmphasised || isHighContrast ? 1 : 0.8,
  };
}
