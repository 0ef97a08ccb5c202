/** Texts of the frame around the views. */
import type { Job } from '../../src-main/contract/window/jobs.ts';

export const CONNECTION_WORDS = {
  hint: 'The window connects again by itself; what trains goes on meanwhile.',
  connecting: 'Connecting to the service',
  lost: 'The service does not answer. Trying again.',
  lostDetail: 'If its command has ended, start it again and open the new link. Finished work is kept.',
} as const;

export const SHELL_WORDS = {
  product: 'Espalier',
  places: { home: 'Studies', queue: 'Queue and devices', settings: 'Settings' },
  placesLabel: 'Places',
  toolsLabel: 'Tools',
  palette: 'Search or run a command',
  dropHere: 'Drop a study file to open it as a draft, or a text (.txt, .md, .jsonl) to begin a study from it',
  dropInDesigner: 'Drop strategies to add them to the pool, or a study file to open it as a draft',
  dismiss: 'Dismiss',
  skip: 'Skip to the view',
  notFound: 'There is no such view.',
  backHome: 'Go to Studies',
  saved: 'Everything is saved as it happens',
} as const;

export const OPENED_WORDS = {
  several: (files: number): string => `These are ${files} files; one can be opened at a time.`,
  unknown: (name: string): string => `${name} is neither a study file, a text to learn from nor a model.`,
  drop: 'Drop one study file (.yaml, .yml, .espalier-study, .json) to open it as a draft, one text (.txt, .md, .jsonl) to begin a study from it, or a model (.safetensors) to see its layers. Several strategy files can be dropped on the pool of a draft.',
  noExample: 'The example that a study of a text begins as does not come with this program.',
} as const;

export const FIRST_RUN_WORDS = {
  title: 'Grow a small model, and decide early.',
  picture: 'Growing by stacking: eight target layers, copies of source layers 0 to 3, twice.',
  source: (layers: number): string => `Source, ${layers} layers`,
  target: (layers: number): string => `Target, ${layers} layers, input to output`,
  layer: (layer: number): string => `Layer ${layer}`,
  copyOf: (layer: number): string => `copy of ${layer}`,
  lead: 'Espalier grows a small Transformer by every strategy of a pool, trains each for a few steps, and keeps the one that is best after that lag. Loss right after growing misleads; loss a little later does not.',
  demo: 'Run the demo',
  demoDetail:
    'Twelve ways to grow four layers to eight on Moby-Dick. A minute or two on this machine, nothing to download.',
  open: 'Open a study file',
  openDetail: 'A study file (YAML) of yours or of a colleague.',
  drop: 'Drop a study file, or a text to learn from, anywhere on the window',
  starting: 'Starting',
  noDemo: 'The demo study does not come with this program.',
  newStudy: 'Design a study',
  newStudyDetail: 'Choose an example, change its pool by drag and drop or by keys, and start it.',
} as const;

/** What a job is called wherever jobs are listed. */
export const jobName = ({ name, work }: Pick<Job, 'name' | 'work'>): string =>
  work === 'landscape' ? `Landscape of ${name}` : name;

export const STATUS_WORDS = {
  idle: 'Nothing is running',
  pause: 'Pause',
  resume: 'Continue',
  pausing: 'Pausing at the next safe point',
  savedDraft: (time: string, version: number): string => `Saved ${time}, version ${version}`,
  saving: 'Saving',
  unsaved: 'Not saved yet: the text is kept in this window',
  tokensPerSecond: (rate: string): string => `${rate} tokens/s`,
  engine: (device: string | null): string =>
    device === null
      ? 'ONNX Runtime'
      : device.includes(', ')
        ? `Trains on ${device}`
        : device === 'reference'
          ? 'Reference interpreter'
          : device === 'native'
            ? 'Own kernels on the CPU'
            : `${device.startsWith('tfjs-') ? 'TensorFlow.js' : 'ONNX Runtime'} on ${device}`,
  program: (version: string): string => `Espalier ${version}`,
  programTitle: (version: string, node: string): string => `Espalier ${version}, Node.js ${node}`,
  phases: {
    trying: 'trying which device is fastest',
    source: 'source',
    probing: 'probes',
    continuing: 'winner',
    finished: 'finishing',
    landscape: 'measuring',
  },
  left: (duration: string): string => `${duration} left`,
  runs: (done: number, total: number): string => `run ${Math.min(done + 1, total)} of ${total}`,
  parts: (done: number, total: number): string => `part ${Math.min(done + 1, total)} of ${total}`,
} as const;

export const SETTINGS_WORDS = {
  title: 'Settings',
  appearance: 'Appearance',
  theme: 'Theme',
  themeDetail: 'Charts follow at once. As the system: high contrast too, where the system asks for it.',
  motion: 'Motion',
  motionDetail: 'Nothing moves by itself when reduced.',
  motions: { system: 'As the system', reduced: 'Reduced' },
  grouping: 'Digits',
  groupingDetail: 'How large numbers are written in the window. Reports keep the thin space.',
  groupings: { space: '12\u202f345', comma: '12,345', none: '12345' },
  keyboard: 'Keyboard',
  keys: 'Keys',
  keysDetail: 'Every command with its key; each can be changed and works at once.',
  showKeys: 'Show and change keys',
  on: 'On',
  off: 'Off',
  undo: (setting: string | null): string =>
    setting === null ? 'Nothing to undo' : `Undo change of ${setting}`,
  redo: (setting: string | null): string =>
    setting === null ? 'Nothing to redo' : `Redo change of ${setting}`,
  undone: (setting: string): string => `Undone: change of ${setting}.`,
  redone: (setting: string): string => `Made again: change of ${setting}.`,
  begin: 'Studies begun here',
  device: 'Device',
  deviceDetail: 'Written into studies that begin from an example.',
  devicesAny: 'as the file says',
  trainers: 'Trainers',
  trainersDetail: 'Processes side by side; one a core when left empty.',
  trainersWrong: 'must be a whole number from 1 to 256, or empty',
  folder: 'Data folder',
  folderDetail: 'Choose another with --home DIR or ESPALIER_HOME when starting.',
  free: (used: string, free: string): string => `${used} in use, ${free} free on this volume`,
  storage: 'Show storage',
  openFolder: 'Open',
  copy: 'Copy path',
  copied: 'Copied',
  themes: {
    system: 'As the system',
    light: 'Light',
    dark: 'Dark',
    lightContrast: 'Light, high contrast',
    darkContrast: 'Dark, high contrast',
  },
  program: 'This program',
  facts: {
    version: 'Espalier',
    node: 'Node.js',
    electron: 'Electron',
    platform: 'Platform',
    cores: 'Cores',
    homeFolder: 'Home folder',
  },
} as const;
