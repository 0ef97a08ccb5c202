/** Where the window was, kept over restarts; places of displays that are gone are not taken. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const stateSchema = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(1).max(20_000),
  height: z.int().min(1).max(20_000),
  isMaximised: z.boolean(),
});
export type WindowState = z.infer<typeof stateSchema>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const LEAST_WIDTH = 800;
export const LEAST_HEIGHT = 560;
const FIRST: WindowState = { width: 1440, height: 900, isMaximised: false };
/** Pixels of the window that must lie on a display for it to be found again. */
const VISIBLE = 64;

/** The stored state where a part of it still lies on a display, else a new window of its size. */
export function fittingState(stored: WindowState, displays: readonly Area[]): WindowState {
  const width = Math.max(LEAST_WIDTH, stored.width);
  const height = Math.max(LEAST_HEIGHT, stored.height);
  const { x, y, isMaximised } = stored;
  const isSeen =
    x !== undefined &&
    y !== undefined &&
    displays.some(
      (area) =>
        Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= VISIBLE &&
        y >= area.y &&
        area.y + area.height - y >= VISIBLE,
    );
  return isSeen ? { x, y, width, height, isMaximised } : { width, height, isMaximised };
}

export function readWindowState(path: string, displays: readonly Area[]): WindowState {
  try {
    return fittingState(stateSchema.parse(JSON.parse(readFileSync(path, 'utf8'))), displays);
  } catch {
    // The first start, or a file that is none: a window of the usual size.
    return FIRST;
  }
}

export function writeWindowState(path: string, state: WindowState): void {
  writeFileSync(path, `${JSON.stringify(state)}\n`);
}
