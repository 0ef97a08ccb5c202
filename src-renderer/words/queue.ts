/** Texts of the queue, of the devices, and of what keeps a study waiting. */
export const QUEUE_WORDS = {
  title: 'Queue',
  lead: 'One job runs at a time, with all cores. Drag those that wait, or move them by keys.',
  empty: 'The queue is empty.',
  emptyDetail: 'Studies that you start, and landscapes that you measure, wait and run here.',
  columns: {
    order: 'Order',
    study: 'Study',
    state: 'State',
    progress: 'Progress',
    left: 'Left',
    actions: 'Actions',
  },
  states: {
    waiting: 'waiting',
    running: 'running',
    pausing: 'pausing',
    paused: 'paused',
    finished: 'done',
    failed: 'failed',
  },
  holds: { 'disk-full': 'waits for space', 'folder-away': 'waits for its folder' },
  on: (device: string): string => `on ${device}`,
  trying: (device: string): string => `trying ${device}, to find the fastest device`,
  pause: (name: string): string => `Pause ${name}`,
  resume: (name: string): string => `Continue ${name}`,
  earlier: (name: string): string => `Move ${name} up`,
  later: (name: string): string => `Move ${name} down`,
  dismiss: (name: string): string => `Take ${name} out of the queue`,
  handle: (name: string, place: number, count: number): string => `Order of ${name}: ${place} of ${count}`,
  handleHelp: 'Drag, or Space to grab, arrows to move, Space to drop, Escape to cancel.',
  ghost: (name: string): string => `Move ${name}`,
  grabbed: (name: string, place: number, count: number): string =>
    `Grabbed ${name}, ${place} of ${count}. Arrows move, Space drops, Escape cancels.`,
  gap: (place: number, count: number): string => `Place ${place} of ${count}.`,
  moved: (name: string, place: number, count: number): string =>
    `${name} is now ${place} of ${count} that wait.`,
  cancelled: 'Cancelled. The order is as before.',
  outside: 'Dropped outside the queue. The order is as before.',
  outsideFlag: 'Only among the studies that wait',
  edit: ({ kind, name }: { readonly kind: 'move' | 'dismiss'; readonly name: string }): string =>
    kind === 'move' ? `move of ${name}` : `removal of ${name}`,
  dismissed: (name: string): string => `${name} is out of the queue. Undo puts it back.`,
  undo: (edit: string | null): string => (edit === null ? 'Nothing to undo' : `Undo ${edit}`),
  redo: (edit: string | null): string => (edit === null ? 'Nothing to redo' : `Redo ${edit}`),
  turned: (way: 'undo' | 'redo', edit: string): string =>
    way === 'undo' ? `Undone: ${edit}.` : `Made again: ${edit}.`,
  noLongerWaits: (name: string): string => `${name} does not wait any more, so its move stays.`,
  retried: 'A trainer was lost and replaced',
  log: 'Log',
  logEmpty: 'What happens to the studies of the queue is written here.',
  copyLog: 'Copy',
  logCopied: 'The log is copied.',
} as const;

export const DEVICE_WORDS = {
  title: 'Devices',
  lead: 'Each trains a tiny model and must come to the losses of the reference engine.',
  untested: 'Test the devices to see which can train here, and how fast.',
  test: 'Test devices',
  testing: (place: number, count: number): string => `Device ${Math.min(place, count)} of ${count}`,
  stop: 'Stop',
  beingTested: 'testing',
  waiting: 'waiting',
  columns: { device: 'Device', state: 'State', speed: 'ms/step', tokens: 'tokens/s', what: 'What was found' },
  usable: 'can train',
  unusable: 'cannot train',
  measured: 'Width 128, 4 layers, context 64, batch 16, one thread.',
} as const;

export const HOLD_WORDS = {
  diskFull: (free: string, needed: string): string =>
    `Training is paused: the volume has ${free} free, ${needed} are needed.`,
  diskFullDetail: (folder: string): string =>
    `Nothing is lost. It goes on by itself when there is space on the volume of ${folder}.`,
  showLargest: 'Show what takes space',
  away: (studies: number): string =>
    studies === 1
      ? 'Checkpoints of 1 study are not available: the folder is not connected.'
      : `Checkpoints of ${studies} studies are not available: the folder is not connected.`,
  awayDetail: (folder: string): string =>
    `Nothing was removed. Connect ${folder} again; what waits for it goes on by itself.`,
  giveUp: 'The folder is gone for good',
  giveUpDetail: 'What it held is computed again, with the same numbers.',
  copyDetails: 'Copy details',
  copied: 'Copied.',
  rowBadge: 'not available',
  rowBadgeTitle: 'The folder of its checkpoints is not connected. Nothing was removed.',
} as const;
