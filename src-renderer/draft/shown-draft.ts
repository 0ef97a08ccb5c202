/** The draft on the screen, for what lies outside its views: the status bar and the palette. */
import { shallowRef } from 'vue';

export interface ShownDraftState {
  readonly version: number;
  /** ISO 8601, UTC; null before the draft has arrived. */
  readonly savedAt: string | null;
  readonly isSaved: boolean;
  /** Set where the last edit could not be saved. */
  readonly hasFailed: boolean;
  /** Strategies of its pool in order; empty while the file is wrong. */
  readonly strategies: readonly string[];
  /** Asks for the name of the version. */
  name(): void;
  /** Shows a strategy of the pool in the Designer. */
  showStrategy(index: number): void;
}

/** Set by the frame of a draft for as long as it is shown. */
export const shownDraft = shallowRef<ShownDraftState | null>(null);
