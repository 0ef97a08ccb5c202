/** How a growing point is looked at. Nothing of it is of the study; it is kept per study in this browser. */
import type { ScheduleKind } from '../../src-main/contract/window/dynamics.ts';
import { isSmoothing, type Smoothing } from './smoothing.ts';
import { X_QUANTITIES, type XQuantity } from './x-scale.ts';

/** `fit`: outliers leave through the top. `all`: nothing leaves. `log`: loss axis in logarithms. `gap`: only differences. */
export const Y_MODES = ['fit', 'all', 'log', 'gap'] as const;
export type YMode = (typeof Y_MODES)[number];

export const AGREEMENTS = ['spearman', 'kendallTauB', 'regret'] as const;
export type AgreementKind = (typeof AGREEMENTS)[number];

/** What fills the view. */
export const SHOWN_PARTS = ['curves', 'landscape'] as const;
export type ShownPart = (typeof SHOWN_PARTS)[number];

export interface DynamicsView {
  readonly show: ShownPart;
  /** Null: as the data suggest. */
  readonly schedule: ScheduleKind | null;
  readonly metric: string;
  readonly x: XQuantity;
  readonly isLogX: boolean;
  readonly y: YMode;
  readonly smoothing: Smoothing;
  readonly hasBand: boolean;
  /** Lowest to highest over training orders, behind emphasised curves. */
  readonly hasSpread: boolean;
  readonly hasControl: boolean;
  /** Null: the lag of the study. */
  readonly lag: number | null;
  /** Strategy that differences are taken to; null for the best at each step. */
  readonly reference: string | null;
  readonly selected: readonly string[];
  readonly pinned: readonly string[];
  readonly hidden: readonly string[];
  readonly solo: string | null;
  /** Shown steps; null for all. */
  readonly zoom: readonly [number, number] | null;
  readonly agreement: AgreementKind;
}

export const FIRST_VIEW: DynamicsView = {
  show: 'curves',
  schedule: null,
  metric: 'loss',
  x: 'steps',
  isLogX: true,
  y: 'fit',
  smoothing: { method: 'none', width: 25 },
  hasBand: true,
  hasSpread: true,
  hasControl: true,
  lag: null,
  reference: null,
  selected: [],
  pinned: [],
  hidden: [],
  solo: null,
  zoom: null,
  agreement: 'spearman',
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isStep = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isOneOf =
  <Value>(values: readonly Value[]) =>
  (value: unknown): boolean =>
    values.includes(value as Value);
const isListOf =
  (isEntry: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(isEntry);
const isNullOr =
  (isValue: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || isValue(value);
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

const CHECKS: Readonly<Record<keyof DynamicsView, (value: unknown) => boolean>> = {
  show: isOneOf(SHOWN_PARTS),
  schedule: isOneOf([null, 'final', 'cooldown']),
  metric: isText,
  x: isOneOf(X_QUANTITIES),
  isLogX: isFlag,
  y: isOneOf(Y_MODES),
  smoothing: isSmoothing,
  hasBand: isFlag,
  hasSpread: isFlag,
  hasControl: isFlag,
  lag: isNullOr(isStep),
  reference: isNullOr(isText),
  selected: isListOf(isText),
  pinned: isListOf(isText),
  hidden: isListOf(isText),
  solo: isNullOr(isText),
  zoom: isNullOr((value) => isListOf(isStep)(value) && (value as unknown[]).length === 2),
  agreement: isOneOf(AGREEMENTS),
};

/** The view out of stored text; what cannot be read is as at first. */
export function readView(text: string | null): DynamicsView {
  let stored: unknown = null;
  try {
    stored = JSON.parse(text ?? 'null');
  } catch {
    return FIRST_VIEW;
  }
  if (typeof stored !== 'object' || stored === null) return FIRST_VIEW;
  const kept = Object.entries(stored).filter(
    ([key, value]) => Object.hasOwn(CHECKS, key) && CHECKS[key as keyof DynamicsView](value),
  );
  return { ...FIRST_VIEW, ...Object.fromEntries(kept) };
}

/** The list with an entry added, or without it where it was there. */
export const toggled = <Entry>(list: readonly Entry[], entry: Entry): readonly Entry[] =>
  list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry];

/** A click selects only this one, or nothing if it was; with the key held it adds. */
export const clicked = (
  selected: readonly string[],
  strategy: string,
  isAdding: boolean,
): readonly string[] =>
  isAdding
    ? toggled(selected, strategy)
    : selected.length === 1 && selected[0] === strategy
      ? []
      : [strategy];

/** Whether a candidate is drawn. */
export const isShown = (
  view: Pick<DynamicsView, 'hasControl' | 'solo' | 'hidden'>,
  strategy: string,
  isControl: boolean,
): boolean =>
  view.solo === null
    ? !view.hidden.includes(strategy) && (view.hasControl || !isControl)
    : view.solo === strategy;
