/** Names of the dividers between panels. */
import type { PanelName } from '../parts/panel-layouts.ts';

export const PANEL_WORDS: Readonly<Record<PanelName, string>> = {
  operators: 'Width of the operators',
  facts: 'Width of the facts',
  ranking: 'Width of the ranking',
  decision: 'Width of the decision',
  side: 'Width of the compute and policies',
  places: 'Width of the places',
  comparison: 'Width of the comparison',
};
