/** Texts of the early dynamics. */
import type { RunState } from '../../src-main/contract/records.ts';
import { formatCount, formatLoss, formatRank } from '../../src-main/report/number-format.ts';

const count = (number: number, one: string, many: string): string =>
  `${formatCount(number)} ${number === 1 ? one : many}`;

const METRICS: Readonly<Record<string, string>> = {
  loss: 'Validation loss',
  trainingLoss: 'Training loss',
  gradientNorm: 'Gradient norm',
  weightDistance: 'Weight distance',
  learningRate: 'Learning rate',
};

const STATES: Readonly<Record<RunState, string>> = {
  waiting: 'waiting',
  running: 'running',
  finished: 'done',
  diverged: 'diverged',
  failed: 'failed',
  cancelled: 'stopped',
};

export const DYNAMICS_WORDS = {
  tools: 'What the charts show',
  shownParts: 'What is shown',
  parts: { curves: 'Curves', landscape: 'Landscape' },
  metric: 'Metric',
  metricName: (name: string): string => METRICS[name] ?? name,
  x: 'x',
  xNames: { steps: 'Steps since growth', tokens: 'Tokens', flops: 'FLOPs', seconds: 'Training time' },
  xTitles: {
    steps: 'Steps since the growing point',
    tokens: 'Training tokens since the growing point',
    flops: 'Training FLOPs since the growing point',
    seconds: 'Training time since the growing point',
  },
  xUnknown: 'not known yet',
  xScale: 'Scale of x',
  linear: 'Linear',
  log: 'Log x',
  yMode: 'Vertical axis',
  yModes: { fit: 'Fit', all: 'All', log: 'Log y', gap: 'Minus best' },
  yHints: {
    fit: 'Values far above the others leave through the top, by name',
    all: 'Every value in sight',
    log: 'Logarithmic loss axis',
    gap: 'Only differences at the same step',
  },
  schedule: 'Runs',
  schedules: { final: 'Final', cooldown: 'Cooldown' },
  place: 'Growing point',
  placeName: (policy: string, from: number, to: number): string => `${policy}, ${from} → ${to}`,
  smoothing: 'Smoothing',
  smoothings: { none: 'off', mean: 'running mean', exponential: 'exp. mean' },
  smoothingWidth: { none: '', mean: 'Window in steps', exponential: 'Half-life in steps' },
  smoothingWidthWrong: (text: string, least: number, most: number): string =>
    `${text === '' ? 'Nothing' : text} is no width: a whole number of steps from ${formatCount(least)} to ${formatCount(most)}`,
  smoothingNot: 'The curves are thinned; smoothing would depend on it. Zoom in to smooth.',
  band: 'Noise',
  bandHint: 'What lies in the band is within noise of the best',
  spread: 'Seeds',
  spreadHint: 'Lowest to highest over training orders, behind the curves that stand out',
  control: 'Control',
  lag: 'Lag k',
  lagNumber: 'Lag k in steps',
  lagNearest: (asked: number, got: number): string =>
    `Nearest step at which all were measured: ${formatCount(got)}, not ${formatCount(asked)}`,
  retry: 'Try again',
  reference: 'Reference',
  theBest: 'the best',

  valuesTitle: (metric: string): string => (metric === 'loss' ? 'Loss' : (METRICS[metric] ?? metric)),
  gapsTitle: 'Behind the best at the same k',
  gapsTo: (name: string): string => `Difference to ${name} at the same k`,
  bandTitle: (width: string): string => `band: within noise, ${width}`,
  best: 'best',
  lost: (name: string, step: number): string => `${name} diverged at step ${formatCount(step)}`,
  curvesTitle: (metric: string, isBefore: boolean): string =>
    isBefore ? 'Source model, before growing' : `${METRICS[metric] ?? metric} after growth`,
  curvesNote: (candidates: number, seed: number): string =>
    `${count(candidates, 'candidate', 'candidates')}, seed ${seed}, same batches in the same order`,
  curvesLive: 'live, at most 1 s behind',
  holdLive: 'Pause curves',
  followLive: 'Go on live',
  held: 'paused, the study goes on',
  heldOver: 'paused, the study has ended',
  liveHeld: 'Curves are paused. The study goes on.',
  liveAgain: 'Curves are live again.',
  sourceNote: (steps: number, of: number): string => `step ${formatCount(steps)} of ${formatCount(of)}`,
  curvesSentence: (terms: {
    metric: string;
    candidates: number;
    lag: number;
    leader: string | null;
    tied: number;
  }): string =>
    `${METRICS[terms.metric] ?? terms.metric} after growth for ${count(terms.candidates, 'candidate', 'candidates')}${
      terms.leader === null
        ? '; ranks appear when every candidate has the same k'
        : `; at k = ${formatCount(terms.lag)} ${terms.leader} leads${terms.tied > 1 ? `, ${terms.tied} within noise` : ''}`
    }. Arrow keys read the points, Enter selects, T shows the table.`,
  footSample: 'A point of each column drawn; reading the rest',
  footMarked: 'Marks: measured. Lines between marks are straight.',
  footThinned: (shown: number, total: number): string =>
    `${formatCount(shown)} of ${formatCount(total)} points drawn, extremes kept`,
  footSmoothed: ({ method, width }: { readonly method: string; readonly width: number }): string =>
    `smoothed, ${method === 'mean' ? 'running mean over' : 'exponential mean of half-life'} ${count(width, 'step', 'steps')}, raw behind; tables and ranks use raw values`,
  footOneSeed: '1 seed, no band',
  footSeeds: (least: number, most: number): string =>
    `bands: lowest to highest of ${least === most ? formatCount(most) : `${formatCount(least)} to ${formatCount(most)}`} seeds`,
  footSeedsHidden: (seeds: number): string => `${formatCount(seeds)} seeds, bands not shown`,
  footOut: (number: number): string => `▲ ${count(number, 'curve leaves', 'curves leave')} the axis`,
  footHidden: (number: number): string => `${count(number, 'candidate', 'candidates')} hidden`,
  footSolo: (name: string): string => `only ${name} is shown`,
  footKeys: 'Drag selects, Shift drag zooms, double click resets',
  showAll: 'Show all',
  loading: 'Reading the curves',
  noPoint: 'The first evaluation has not been recorded yet. The curves begin here as soon as it is.',
  noPlace: 'No strategies have been probed in this study yet. The curves begin here as soon as one is.',
  neverPlace: 'No policy of this study chooses by probing, so there are no early dynamics.',
  emptyPool: 'This study has no candidates.',

  cursor: 'Lag k',
  cursorFlag: (lag: string): string => `k = ${lag}`,
  decidesAt: (lag: number): string => `decides at ${formatCount(lag)}`,
  cursorValue: (lag: number, share: number | null, tied: number): string =>
    `k = ${formatCount(lag)}${share === null ? '' : `, ${Math.round(share * 100)} % of full cost`}${tied > 1 ? `, ${tied} tied` : ''}`,
  spoken: (lag: number, leader: string | null, tied: number): string =>
    `k = ${formatCount(lag)}.${leader === null ? '' : ` ${leader} first${tied > 1 ? `, ${tied} tied` : ''}.`}`,
  pin: 'Pin this lag',
  unpin: 'Unpin this lag',
  pinEdit: (isPinned: boolean, lag: number): string =>
    `${isPinned ? 'pin of' : 'unpinning of'} k = ${formatCount(lag)}`,
  pinDone: (isPinned: boolean, lag: number): string =>
    `k = ${formatCount(lag)} ${isPinned ? 'pinned' : 'not pinned any more'}.`,
  more: 'More tools',
  moreShort: 'More',

  tipMeasured: 'Loss, measured',
  tipInterpolated: 'Loss, interpolated',
  tipSmoothed: 'Loss, smoothed',
  tipBehind: 'Behind the best',
  tipReference: (name: string): string => `Minus ${name}`,
  tipRank: (of: number): string => `Rank, of ${of}`,
  tipTie: (behind: string): string => `${behind}, a tie`,
  notRanked: 'not ranked',

  ranking: 'Ranking',
  rankingNote: 'follows the lag cursor',
  rankingKey: '=1 means within noise',
  measuringNoise: 'comparing',
  probes: 'Probes',
  runsTitle: 'Runs',
  poolOrder: 'pool order',
  rankingAt: (lag: number): string => `Ranking at k = ${formatCount(lag)}`,
  columns: {
    rank: '#',
    strategy: 'Strategy',
    plan: 'Plan',
    behind: 'Behind',
    initial: 'Initial',
    final: 'Final',
    rankOf: 'rank',
    progress: 'Progress',
    state: 'State',
    value: (lag: number): string => `k = ${formatCount(lag)}`,
  },
  states: STATES,
  atStep: (step: number): string => `at ${formatCount(step)}`,
  step: (step: number): string => `step ${formatCount(step)}`,
  divergedAt: (step: number): string => `diverged at ${formatCount(step)}`,
  divergedLong: (terms: {
    name: string;
    step: number;
    others: number;
    reason: string | null;
    isOver: boolean;
  }): string =>
    `${terms.name} diverged at step ${formatCount(terms.step)}.${terms.reason ? ` ${terms.reason}` : ''}${terms.others > 0 ? ` The other ${terms.others} ${terms.isOver ? 'went' : 'go'} on.` : ''}`,
  noControl: 'From scratch: not in this pool.',
  controlNote: (name: string): string => `${name} is a control: shown, not ranked`,
  search: 'Find a strategy',
  rowMenu: (name: string): string => `Actions for ${name}`,
  show: 'Show',
  hide: 'Hide',
  solo: 'Show only this',
  unsolo: 'Show all again',
  keep: 'Pin to the top',
  unkeep: 'Unpin',
  asReference: 'Use as reference',
  noReference: 'Compare with the best again',
  copyName: 'Copy name',

  decision: 'Decision',
  decisionAt: (lag: number): string => `Decision at k = ${formatCount(lag)}`,
  lookAt: (lag: number): string => `If decided at k = ${formatCount(lag)}`,
  tieBadge: (tied: number): string => `${tied}-way tie`,
  winBadge: 'Clear win',
  onlyOne: 'Only one left',
  lowest: (metric: string): string =>
    `Lowest ${(METRICS[metric] ?? metric).toLowerCase().replace('validation ', '')} at the lag`,
  chosenBy: (rule: string): string => `The study chose by ${rule}:`,
  ahead: (value: string, ahead: string, runnerUp: string): string =>
    `${value}, ${ahead} ahead of ${runnerUp}`,
  alone: (value: string): string => `${value}; no other candidate has a value`,
  evidence: 'Evidence now',
  evidenceShort: 'Evidence',
  reference0: 'reference',
  forestOf: (name: string): string => `Paired differences to ${name}; an interval that crosses 0 is a tie`,
  moreRows: (number: number): string => `${number} more in the table`,
  noiseRepeats: (width: string, repeats: number): string =>
    `Tie width ${width}, from ${count(repeats, 'paired repeat', 'paired repeats')} of every candidate at this k. Crossing 0, or nearer than that, is a tie.`,
  noiseIntervals: (width: string, percent: number): string =>
    `Paired ${percent} % intervals over the validation batches, ± ${width}. Crossing 0 is a tie. One seed: the order of training is not covered.`,
  noiseNone: 'One validation batch and one seed: the noise of this choice is not known.',
  rhoEnd: (candidates: number): string => `ρ with the end (${candidates})`,
  rhoInitial: 'ρ of initial loss',
  cost: 'Cost of this choice',
  ofAll: (share: string): string => `${share} of training all`,
  tieAtStart: 'Tie at k = 0',
  tieAtStartValue: (number: number, loss: string): string => `${number} candidates, ${loss}`,
  tieAtStartLong: (number: number, loss: string): string =>
    `${number} strategies keep the function and tie at ${loss}. Initial loss cannot rank them.`,
  none: 'none',
  diverged: 'Diverged',
  resolve: 'Resolve the tie',
  extend: (tied: number, lag: number): string => `Extend the ${tied} tied to k = ${formatCount(lag)}`,
  extendNote: 'as a study of its own, from the same source',
  cooldown: (tied: number, lag: number): string => `Cooldown probes for the ${tied}, k = ${formatCount(lag)}`,
  cooldownNote: 'the learning rate decays within the probe',
  accept: (name: string): string => `Accept ${name} as a tie`,
  acceptNote: 'noted in the study with this evidence',
  accepted: (name: string): string => `${name} noted as accepted tie`,
  acceptText: (name: string, lag: number, tied: readonly string[], width: string | null): string =>
    `Accepted ${name} as a tie at k = ${formatCount(lag)} with ${tied.join(', ')}${width === null ? '' : `; noise ${width}`}.`,
  hindsight: (horizon: number | null): string =>
    `Hindsight (audit${horizon === null ? '' : `, all trained to ${formatCount(horizon)}`})`,
  bestAtEnd: 'Best at the end',
  atEnd: (name: string): string => `${name} at the end`,
  regret: 'Regret',
  selectMode: 'This study selects, so final losses will exist for the winner only.',
  stackingMode:
    'In a stacking study only the chosen strategy goes on, so there are no final losses to compare with.',
  opensAt: (candidates: number, lag: number): string =>
    `Opens when all ${candidates} ${candidates === 1 ? 'candidate reaches' : 'candidates reach'} ${formatCount(lag)}`,
  ofCount: (done: number, total: number): string => `${done} of ${total}`,
  whyPoolOrder:
    'Candidates are listed in pool order until then, so that an early lead does not look like a result.',
  knownNow: 'Known now',
  spent: 'Cost so far',
  timeLeft: (time: string): string => `${time} left`,
  stopped: (state: string): string =>
    `The study is ${state}. Continue it with the button above; nothing is lost.`,
  failed: 'The study failed',
  failedHint: 'What was measured before is kept and shown.',
  tieWidth: 'Tie width',
  imported: 'Imported curves: no decision was recorded.',
  notYet: 'Ranks appear when every candidate has the same k.',

  bumpTitle: 'Rank over k',
  bumpNote: '1 is best, ties share a rank',
  bumpSentence: (columns: number): string =>
    `Rank of each candidate at ${columns} steps; 1 is best, equal values share the mean rank.`,
  bumpEmpty: 'Ranks appear when every candidate has the same k.',
  end: 'end',
  correlationTitle: 'Correlation by k',
  regretTitle: 'Regret by k',
  correlationKinds: { spearman: 'ρ', kendallTauB: 'τ', regret: 'regret' },
  correlationNames: {
    spearman: "Spearman's rank correlation",
    kendallTauB: "Kendall's τ-b",
    regret: 'Regret in nats',
  },
  correlationX: 'Lag k (steps)',
  correlationSentence: (kind: string, candidates: number): string =>
    `${kind} of the ranking at each k with the final ranking of ${candidates} candidates; equal initial losses share the mean rank.`,
  correlationEmpty: 'In an audit, this shows how well the ranking at each k agrees with the end.',
  correlationWaits: 'Appears when every candidate of the audit has been trained to the end.',
  cooldownMark: 'cooldown',
  decidedMark: 'rule',
  scatterTitle: (lag: number): string => `k = ${formatCount(lag)} against final`,
  scatterX: (lag: number): string => `Loss at k = ${formatCount(lag)}`,
  scatterSentence: (lag: number, rho: string): string =>
    `Loss at k = ${formatCount(lag)} against the final loss of every candidate, ρ ${rho}.`,
  rho: (rho: string, candidates: number): string => `ρ ${rho}, n = ${candidates}`,
  initialTitle: (candidates: number): string => `Initial loss, ${formatCount(candidates)} so far`,
  initialNote: (loss: string): string => `dashed: source, ${loss}`,
  initialSentence: 'Initial loss of every candidate measured so far, lowest first.',
  underWay: 'Under way',
  nothingUnderWay: 'Nothing is being trained now.',
  perStep: (milliseconds: string): string => `${milliseconds} ms/step`,
  sourceModel: 'source model',

  csv: {
    strategy: 'strategy',
    schedule: 'schedule',
    step: 'step',
    seconds: 'training time',
    rank: 'rank',
    place: 'place',
    behind: 'behind the best',
    tied: 'within noise',
    low: 'interval low',
    high: 'interval high',
    initial: 'initial loss',
    final: 'final loss',
    finalRank: 'final rank',
    predictor: 'predictor',
    candidates: 'candidates',
    yes: 'yes',
    no: 'no',
    state: 'state',
    value: (metric: string): string => (METRICS[metric] ?? metric).toLowerCase(),
    /** Unit of a metric; undefined for pure numbers and where it is not known. */
    unit: (metric: string): string | undefined =>
      metric === 'loss' || metric === 'trainingLoss' ? 'nats/token' : undefined,
    stepUnit: 'steps',
    timeUnit: 's',
    lossUnit: 'nats/token',
    settings: (of: {
      readonly name: string;
      readonly studyId: string;
      readonly seed: number;
      readonly layers: readonly [number, number | null];
      readonly schedule: string;
      readonly metric: string;
      readonly lag: number;
    }): readonly string[] => [
      `study: ${of.name} (${of.studyId})`,
      `seed: ${of.seed}`,
      `layers: ${of.layers[0]}${of.layers[1] === null ? '' : ` to ${of.layers[1]}`}`,
      `runs: ${of.schedule} schedule`,
      `metric: ${(METRICS[of.metric] ?? of.metric).toLowerCase()}`,
      `lag k: ${of.lag} steps`,
      'values as measured, never smoothed; steps since the growing point',
    ],
  },
  loss: formatLoss,
  rank: formatRank,
} as const;
