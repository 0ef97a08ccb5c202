/** Texts of the command palette and of the list of keys. */
export const COMMAND_WORDS = {
  title: 'Search or run a command',
  placeholder: 'Command or study',
  none: 'Nothing is found.',
  count: (found: number): string => (found === 1 ? '1 found' : `${found} found`),
  newStudy: 'New study',
  studies: 'Show all studies',
  show: (view: string): string => `Show ${view}`,
  pause: 'Pause the running study',
  resume: 'Continue the paused study',
  nothingRuns: 'nothing is running',
  nothingPaused: 'nothing is paused',
  queue: 'Show queue and devices',
  settings: 'Show settings',
  theme: {
    light: 'Use the light theme',
    dark: 'Use the dark theme',
    system: 'Follow the theme of the system',
  },
  keys: 'Show all keys',
  studyDetail: (seed: number, chosen: string | null): string =>
    chosen === null ? `seed ${seed}` : `seed ${seed}, chose ${chosen}`,
} as const;

export const KEY_WORDS = {
  title: 'Keys',
  close: 'Close',
  names: {
    palette: 'Search or run a command',
    keys: 'Show this list',
    new: 'New study',
    home: 'All studies',
    settings: 'Settings',
    undo: 'Undo',
    redo: 'Redo',
    start: 'Start or continue',
    pause: 'Pause',
    view1: 'Setup',
    view2: 'Designer',
    view3: 'Dynamics',
    view4: 'Timeline',
    view5: 'Report',
  },
  more: [
    ['F6, Shift F6', 'Next and previous part of the window'],
    ['K, [ and ]', 'Dynamics: lag by number, one step down and up'],
    ['C I S R Z', 'Designer: make the chosen layers a copy, identity, scaled, random, zero'],
    ['Alt ← →', 'Designer: move the chosen layers'],
    ['Ctrl D, Delete, F2', 'Duplicate, remove, rename'],
    ['Space, Shift ↓', 'Studies: choose rows'],
    ['S, T', 'Studies: star, tag'],
  ],
} as const;
