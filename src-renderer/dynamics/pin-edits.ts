/** Pinned lags of a study and the steps that led there, which can be taken back and made again. Immutable, pure. */

export interface PinEdit {
  readonly lag: number;
  readonly isPinned: boolean;
  /** Pinned lags before the step and after it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface LagPins {
  readonly pinned: readonly number[];
  readonly undo: readonly PinEdit[];
  readonly redo: readonly PinEdit[];
}

export const NO_PINS: LagPins = { pinned: [], undo: [], redo: [] };

/** Lags that can be pinned at a time: two are compared. */
const MOST_PINNED = 2;
/** Steps that are kept. */
const DEPTH = 200;

/** Pins a lag, or takes its pin away. The oldest goes where one too many would be pinned. */
export function afterPin({ pinned, undo }: LagPins, lag: number): LagPins {
  const isPinned = !pinned.includes(lag);
  const after = isPinned ? [...pinned, lag].slice(-MOST_PINNED) : pinned.filter((one) => one !== lag);
  return { pinned: after, undo: [...undo, { lag, isPinned, before: pinned, after }].slice(-DEPTH), redo: [] };
}

export function afterUndo(pins: LagPins): LagPins {
  const last = pins.undo.at(-1);
  return last ? { pinned: last.before, undo: pins.undo.slice(0, -1), redo: [...pins.redo, last] } : pins;
}

export function afterRedo(pins: LagPins): LagPins {
  const last = pins.redo.at(-1);
  return last ? { pinned: last.after, undo: [...pins.undo, last], redo: pins.redo.slice(0, -1) } : pins;
}

const isLag = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const areLags = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= MOST_PINNED && value.every(isLag);
const isEdit = (value: unknown): boolean => {
  const { lag, isPinned, before, after } = (value ?? {}) as Record<string, unknown>;
  return isLag(lag) && typeof isPinned === 'boolean' && areLags(before) && areLags(after);
};
const areEdits = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= DEPTH && value.every(isEdit);

/** Pins out of stored text; none where it cannot be read. */
export function readPins(text: string | null): LagPins {
  try {
    const { pinned, undo, redo } = (JSON.parse(text ?? 'null') ?? {}) as Record<string, unknown>;
    if (areLags(pinned) && areEdits(undo) && areEdits(redo)) return { pinned, undo, redo } as LagPins;
  } catch {
    // Something else wrote there.
  }
  return NO_PINS;
}
