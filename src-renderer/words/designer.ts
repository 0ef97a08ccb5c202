/** Texts of the designer. */

import type { LayerOperator } from '../designer/layer-operators.ts';
import type { GrowthMode, Loss } from '../designer/study-mode.ts';

const layers = (count: number): string => `${count} ${count === 1 ? 'layer' : 'layers'}`;
const strategies = (count: number): string => `${count} ${count === 1 ? 'strategy' : 'strategies'}`;
const list = (numbers: readonly number[]): string =>
  numbers.length > 6
    ? `${numbers.slice(0, 5).join(', ')} and ${numbers.length - 5} more`
    : `${numbers.slice(0, -1).join(', ')}${numbers.length > 1 ? ' and ' : ''}${numbers.at(-1) ?? ''}`;

export const OPERATOR_WORDS: Readonly<
  Record<LayerOperator, { name: string; short: string; legend: string }>
> = {
  copy: { name: 'Copy', short: 'Copy', legend: 'copy' },
  identity: { name: 'Identity copy', short: 'Ident.', legend: 'identity: adds nothing at step 0' },
  scaled: { name: 'Scaled copy', short: 'Scale', legend: 'scaled' },
  average: { name: 'Average', short: 'Avg.', legend: 'average' },
  noisy: { name: 'Copy with noise', short: 'Noise', legend: 'noise' },
  random: { name: 'Random', short: 'Rand.', legend: 'random values' },
  freshIdentity: { name: 'Random, identity', short: 'Rand. id.', legend: 'random, identity' },
  zero: { name: 'Zero', short: 'Zero', legend: 'zero' },
};

const LOSSES: Readonly<Record<Loss, string>> = {
  audit: 'training all to the end (an audit)',
  sourceRecipe: 'a recipe of the source',
  controls: 'controls',
  repeats: 'repeats',
  moreStages: 'more than two stages',
  budget: 'a budget',
  triggers: 'growing earlier by a trigger',
  policies: 'policies',
};
const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

export const DESIGNER_WORDS = {
  started: 'This study has started. Duplicate and edit to change its plan.',
  broken: (count: number): string =>
    count === 1
      ? 'The study file has a problem, so the design shown is the last valid one and cannot be edited.'
      : `The study file has ${count} problems, so the design shown is the last valid one and cannot be edited.`,
  empty: 'The study file cannot be read yet. Solve its problems in Setup, then design the pool here.',
  unknownPool: (name: string): string =>
    `There is no pool named ${name}. Choose one that comes with the program.`,

  // Left side
  source: 'Source model',
  depthAndWidth: 'Layers, width',
  heads: 'Heads, context',
  parameters: 'Parameters',
  lossHere: 'Loss here',
  untrained: 'untrained',
  untrainedHint:
    'No trained source of this study is in the history yet, so losses here are those of an untrained one. Gaps of 0 hold for every source.',
  operators: 'Layer operators',
  operatorsHint: 'Drag onto the lattice, or select a target layer and press the key.',
  addOperator: (name: string): string => `Insert ${name.toLowerCase()}`,
  setOperator: (name: string): string => `Make it ${name.toLowerCase()}`,
  presets: 'Presets',
  addPreset: (name: string): string => `Add ${name} to the pool`,
  doesNotFit: 'does not fit these depths',
  templates: 'Templates',
  interleavings: (count: number): string => `All interleavings (${count})`,
  interleavingsHint: 'Every way to repeat layers in place at this depth',
  ratio: (percent: number): string => `${percent} % identity on top`,
  pasteStrategy: 'From file or paste',
  edited: (name: string): string => `${name.slice(0, 52)} edited`,
  pasteTitle: 'Add strategies from text',
  pasteHint:
    'A layer plan such as 0 1 1* 1+2 2~0.5 r, or a strategy, a list of strategies or a pool as YAML.',
  pasteAdd: 'Add',
  openFile: 'Open file',
  cancel: 'Cancel',

  // Editor
  forms: { lattice: 'Lattice', list: 'List', yaml: 'YAML' },
  formsLabel: 'Form of the strategy',
  growingPoints: 'Growing point',
  duplicate: 'Duplicate',
  compare: 'Compare',
  compareWith: 'Compare with',
  compared: (first: string, second: string, different: number): string =>
    different === 0
      ? `${first} and ${second} have the same plan.`
      : `${first} and ${second} differ in ${layers(different)}.`,
  copyPlan: 'Copy plan',
  sourceHead: (count: number): string => `Source, ${layers(count)}`,
  targetHead: (count: number, wanted: number): string =>
    count === wanted
      ? `Target, ${layers(count)}, input to output`
      : `Target, ${count} of ${layers(wanted)}, input to output`,
  sourceLayer: (source: number): string => `Layer ${source}`,
  sourceUses: (source: number, uses: number): string => `Source layer ${source}, used ${uses} times`,
  embedding: 'embedding',
  head: 'head',
  latticeLabel: (name: string, target: number, source: number): string =>
    `Layer plan of ${name}: ${target} target layers from ${source} source layers`,
  noPlan: {
    scratch:
      'This control is trained from scratch: it takes nothing from the source, so there are no layers to move.',
    unknown: 'This strategy has no layer plan at these depths.',
  },
  writePlan: 'Write a plan by hand',
  surplus: 'surplus',
  copyOf: (source: number): string => `copy of ${source}`,
  identityOf: (source: number): string => `identity of ${source}`,
  scaledBy: (source: number, scale: number): string => `${source} × ${Number(scale.toFixed(3))}`,
  averageOf: (first: number, second: number): string => `average of ${first} and ${second}`,
  averageIdentity: ', identity',
  averageScaled: (scale: number): string => ` × ${Number(scale.toFixed(3))}`,
  averageNoisy: ' with noise',
  shortAverage: (first: number, second: number): string => `avg. of ${first}, ${second}`,
  noisyOf: (source: number): string => `${source} with noise`,
  random: 'random',
  freshIdentity: 'random, identity',
  zero: 'zero',
  shortFreshIdentity: 'new, identity',
  crossing: (column: number, source: number): string =>
    `Take target layer ${column} from source layer ${source}`,
  cell: (column: number, what: string, isSurplus: boolean): string =>
    `Target layer ${column}, ${what}${isSurplus ? ', surplus' : ''}`,

  // List
  target: 'Target',
  mark: 'Mark',
  operator: 'Operator',
  fromSource: 'From source',
  scale: 'Scale',
  noiseField: 'Noise',
  kept: 'Kept',
  isKept: 'kept',
  isNew: 'new',
  move: 'Move',
  moveUp: (column: number): string => `Move layer ${column} towards the input`,
  moveDown: (column: number): string => `Move layer ${column} towards the output`,

  // YAML
  yamlLabel: (name: string): string => `Strategy ${name} as YAML`,
  yamlApply: 'Apply',
  yamlRevert: 'Revert',

  // Inspector
  nothingSelected: 'Select a target layer to change where it comes from.',
  oneSelected: (column: number): string => `Target layer ${column}`,
  someSelected: (count: number): string => `${count} layers selected`,
  targets: 'Target layers',
  comeFrom: 'Come from',
  sourceLayers: (sources: readonly number[]): string =>
    sources.length === 0 ? 'no source' : `source ${list(sources)}`,
  sourceNumbers: list,
  from: 'From',
  and: 'And',
  noSecond: 'no other',
  andHint: 'A second source layer makes this layer the average of both.',
  sourceOption: (source: number): string => `Source ${source}`,
  moveLeft: 'Move left',
  moveRight: 'Move right',
  moveTo: 'Move to…',
  moveToLabel: 'Place of the first selected layer',
  moveToGo: 'Move',
  remove: 'Remove',
  duplicateLayers: 'Duplicate layers',
  copyLayers: 'Copy as text',
  mixed: 'mixed',
  scaleRange: 'Scale must lie between -4 and 4.',
  noiseRange: 'Noise must lie between 0 and 1.',

  // Facts
  live: (name: string): string => `${name}, live`,
  initialLoss: 'initial loss',
  measuring: 'measuring',
  measureNow: 'Measure',
  tooLarge: 'This model is large; the initial loss is measured when asked for.',
  keeps: 'Gap 0.000, keeps the function',
  keepsNearly: (gap: string): string => `Gap ${gap}, function nearly kept`,
  changes: (gap: string): string => `Gap ${gap}, function not kept`,
  before: (value: string): string => `Before the edit: ${value}`,
  notMeasured: 'not measured',
  flopsPerToken: 'FLOPs per token',
  flopsPerStep: 'FLOPs per step',
  keptNew: 'Layers kept, new',
  times: (ratio: string): string => `×${ratio}`,
  poolFacts: (count: number): string => `Pool, ${strategies(count)}`,
  probe: 'Probe',
  probeSteps: (steps: number, rule: string): string => `${steps} steps, ${rule}`,
  searchCost: 'Search',
  wholeStudy: 'Whole study',

  // Checks
  checks: 'Checks',
  problem: (name: string, depths: string): string => `${name} cannot grow ${depths}`,
  duplicateCheck: (name: string, sameAs: string): string =>
    `${name} grows the same model as ${sameAs} and is left out.`,
  tie: (count: number, loss: string | null): string =>
    `${strategies(count)} keep the function and tie${loss === null ? '' : ` at ${loss}`}. Initial loss cannot rank them.`,
  few: (count: number): string =>
    count === 0
      ? 'No strategies yet. A pool needs at least two, so that there is something to choose.'
      : 'One strategy. A pool needs at least two, so that there is something to choose.',
  fine: (count: number): string =>
    `All ${strategies(count)} fit: every target layer has a place it comes from.`,
  show: 'Show',

  // Pool
  pool: 'Pool',
  poolCount: (count: number, controls: number): string =>
    `${strategies(count)}${controls === 0 ? '' : controls === 1 ? ' and a control' : ` and ${controls} controls`}`,
  poolName: 'Pool of the study',
  controlScratch: 'Control: from scratch',
  newStrategy: 'New strategy',
  initial: 'initial',
  gap: 'gap',
  actions: (name: string): string => `Actions for ${name}`,
  control: 'control',
  rename: 'Rename',
  renameLabel: (name: string): string => `New name of ${name}`,
  nameRule: 'A name begins with a letter or digit, has at most 60 characters and is used once in a pool.',
  moveEarlier: 'Move earlier',
  moveLater: 'Move later',
  removeStrategy: 'Remove from pool',
  copyTo: (study: string): string => `Copy to ${study}`,
  copiedTo: (name: string, study: string): string => `${name} is now in the pool of ${study}.`,
  copyYaml: 'Copy as YAML',
  emptyPool: 'No strategies yet. A pool needs at least two, so that there is something to choose.',

  // Schedule
  shape: 'Width and heads',
  shapeFields: { width: 'Width', heads: 'Heads' },
  widthOperator: 'Width operator',
  noWidthOperator: 'none',
  shapeNote:
    'Studies grow in depth: source and target have one width and one number of heads. A change makes another source model.',
  useValue: (value: number): string => `Use ${value}`,
  growthMode: 'Kind of growing',
  growthModes: { one: 'One growing point', stages: 'Adaptive stacking' } satisfies Record<GrowthMode, string>,
  modeFixed: (to: GrowthMode, losses: readonly Loss[]): string =>
    to === 'stages'
      ? `One growing point. Adaptive stacking has no place for ${listed(losses.map((loss) => LOSSES[loss]))}.`
      : `Adaptive stacking. One growing point has no place for ${listed(losses.map((loss) => LOSSES[loss]))}.`,
  modeInvalid: (to: GrowthMode, sentence: string): string =>
    `${to === 'stages' ? 'One growing point' : 'Adaptive stacking'}. The other kind would not be valid: ${sentence}`,
  schedule: 'Schedule',
  scheduleHint: 'Width is compute, height is depth, hatched is search. Drag a boundary or type steps.',
  scheduleLabel: 'Schedule drawn to scale: width is compute, height is depth',
  sourceBlock: 'Source',
  winner: (steps: string): string => `Winner: ${steps} steps`,
  search: (runs: number, steps: string): string => `Search: ${runs} probes × ${steps} steps`,
  steps: (steps: string): string => `${steps} steps`,
  growingPoint: (from: number, to: number): string => `growing point ${from}→${to}`,
  drawn: (training: string, search: string): string => `${training} training, ${search} search`,
  totals: (all: string, drawn: string, rest: string | null, what: string): string =>
    rest === null ? `${all} in all; drawn: ${drawn}` : `${all}: ${drawn}, ${rest} ${what}`,
  /** What costs compute and is not drawn. */
  rest: {
    select: 'evaluation',
    audit: 'evaluation and audit',
    stacking: 'evaluation and other policies',
  },
  boundary: { source: 'Steps of the source', search: 'Steps of a probe', winner: 'Steps after growing' },
  stepsOf: 'Steps:',
  shortBoundary: { source: 'source', search: 'probe', winner: 'after growing' },
  shortStage: (layersOf: number): string => layers(layersOf),
  stageSteps: (layersOf: number): string => `Steps of the stage with ${layers(layersOf)}`,
  budgeted: 'Steps follow from the budget of the study file; change it in Setup.',

  // Drags and announcements
  dragLayers: (count: number, isCopy: boolean): string => `${isCopy ? 'Copy' : 'Move'} ${layers(count)}`,
  dragSet: 'Set operator',
  dragInsert: 'Insert',
  dragAverage: (first: number, second: number): string =>
    `Average ${Math.min(first, second)} and ${Math.max(first, second)}`,
  dragTake: (source: number): string => `Take from source ${source}`,
  dragNowhere: 'Drop on the lattice',
  dragCard: (name: string): string => `Move ${name}`,
  dragToDraft: (name: string, study: string): string => `Copy ${name} to ${study}`,
  dragAdd: (name: string): string => `Add ${name}`,
  gapFlag: (gap: number, count: number): string =>
    count === 0
      ? 'first layer'
      : gap === 0
        ? 'before layer 0'
        : gap === count
          ? `after layer ${count - 1}`
          : `after layer ${gap - 1}, before ${gap}`,
  grabbed: (columns: readonly number[]): string =>
    `Grabbed ${layers(columns.length)}, ${list(columns)}. Arrows move, Space drops, Escape cancels.`,
  dropped: (columns: readonly number[]): string =>
    `Dropped. ${columns.length === 1 ? 'The layer is' : 'Layers are'} now ${list(columns)}. Undo with Control Z.`,
  cancelled: 'Cancelled.',
  done: (label: string): string => `Done: ${label}. Undo with Control Z.`,
  insertWaits: (gap: number, count: number): string =>
    `Insert ${gap >= count ? 'at the end' : `before layer ${gap}`}: press an operator key, Escape cancels.`,
  averageFirst: 'Average: choose the first crossing. Escape cancels.',
  averageSecond: (column: number, source: number): string =>
    `Average for layer ${column}: ${source} and … choose a second crossing in this column.`,
  averageOther: 'An average needs two different source layers. Choose another crossing.',
  averageOperator: 'Average two source layers: then choose two crossings',
  copied: (count: number): string => `Copied ${layers(count)} as text.`,

  // Labels of undo steps
  edits: {
    shape: (field: 'width' | 'heads', value: number): string =>
      field === 'width' ? `width ${value}` : `${value} heads`,
    mode: (to: GrowthMode): string =>
      to === 'stages' ? 'change to adaptive stacking' : 'change to one growing point',
    plan: (name: string): string => `new plan of ${name}`,
    yaml: (name: string): string => `change of ${name}`,
    add: (names: readonly string[]): string =>
      names.length === 1 ? `addition of ${names[0]}` : `addition of ${strategies(names.length)}`,
    duplicate: (name: string): string => `duplication of ${name}`,
    remove: (name: string): string => `removal of ${name}`,
    rename: (name: string, to: string): string => `renaming of ${name} to ${to}`,
    move: (name: string): string => `move of ${name}`,
    pool: (name: string): string => `choice of pool ${name}`,
    steps: (what: string, steps: number): string =>
      `${what.charAt(0).toLowerCase()}${what.slice(1)} to ${steps}`,
    stepwise: (what: string): string => `change of ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
    onto: (count: number, name: string): string => `copy of ${layers(count)} onto ${name}`,
  },
} as const;
