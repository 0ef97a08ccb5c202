/** Texts of the timeline. */
export const TIMELINE_WORDS = {
  reading: 'Reading the timeline',
  growth: 'Growth',
  growthNote: 'lanes are layers, shade is the stage a layer was born in, hatched is search',
  policy: 'Policy',
  axis: 'Width of a stage',
  axes: { flops: 'Compute', steps: 'Steps', seconds: 'Time' },
  axisTitle: {
    flops: (unit: string) => `Compute with search (${unit})`,
    steps: () => 'Training steps with search',
    seconds: (unit: string) => `Training time with search (${unit})`,
  },
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  table: 'Table',
  picture: 'Picture',
  layer: 'Layer',
  origin: 'Where it comes from',
  stage: (number: number) => `Stage ${number}`,
  stageFacts: (layers: number, steps: string) =>
    `${layers} ${layers === 1 ? 'layer' : 'layers'}, ${steps} steps`,
  search: 'search',
  growsTo: (from: number, to: number) => `${from}→${to}`,
  grownBy: (strategy: string | null) =>
    strategy === null ? 'layers, not chosen yet' : `layers, grown by ${strategy}`,
  growingPoints: 'Growing points',
  drawing: (policy: string, depths: readonly number[]) =>
    `Layers of ${policy} over ${depths.length} ${depths.length === 1 ? 'stage' : 'stages'} of ${depths.join(', ')} layers; the table has where each comes from.`,
  others: 'The other policies on the same axis',
  choosePolicy: (name: string) => `Draw the growth of ${name}`,
  now: 'now',
  lastRecorded: (when: string) => `last recorded ${when}`,
  lanesTable: 'Where every layer comes from',
  laneColumns: [
    'Layer',
    'Born in stage',
    'Of layers',
    'Born as',
    'Parent',
    'How',
    'Strategy',
    'Stages',
    'Ended before stage',
  ],
  candidates: 'Candidates at each growing point',
  candidatesNote: 'the choice is ticked; select one to see it close',
  fixedNote: 'this policy does not search',
  toDynamics: 'Open in Dynamics',
  noSearch: (strategy: string | null) =>
    strategy === null ? 'Not grown yet.' : `Grown by ${strategy}, without trying others.`,
  noGrowing: 'This policy trains one model from its initialisation; there is no growing point.',
  kAt: (step: number) => `k = ${step}`,
  farthest: (loss: string) => `bottom ${loss}`,
  smallCurves: (count: number, step: number, leader: string) =>
    `How far ${count} candidates are behind the best at each step; ${leader} is best at step ${step}.`,
  noneYet: 'Nothing probed yet.',
  moreCandidates: (count: number) => `and ${count} more`,
  behind: 'behind the best, by steps since growing',
  chosen: 'chosen',
  tied: 'tied',
  compute: 'Final loss against total compute',
  computeTitle: (unit: string) => `Total compute (${unit})`,
  lossTitle: 'Final validation loss',
  computeKey: 'Filled: with search. Hollow: without.',
  computeEmpty: 'Appears when a policy has come to its end.',
  computeText: (count: number) =>
    `Final validation loss of ${count} ${count === 1 ? 'policy' : 'policies'} against the training compute of each, with and without its search.`,
  policies: 'Policies and controls',
  findings: 'What came out',
  budget: (flops: string) => `each ${flops}`,
  columns: { policy: 'Policy', grownBy: 'Grown by', loss: 'Final loss', margin: 'Behind', total: 'Compute' },
  imported:
    'Imported curves say nothing of the models they belong to, so there are no stages and no layers to draw. Their early dynamics are all there.',
  empty:
    'The stages appear here as they are trained: every layer a lane, every growing point with what was tried.',
  lost: (state: string, reason: string | null) => `${state}${reason === null ? '' : `: ${reason}`}`,
} as const;

/** Why this candidate was taken, in a sentence. */
export function choiceInWords({
  strategy,
  lag,
  tie,
  runnerUp,
  margin,
  picks,
  format,
}: {
  readonly strategy: string;
  readonly lag: number;
  readonly tie: readonly string[];
  readonly runnerUp: string | null;
  readonly margin: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  readonly picks: readonly string[];
  readonly format: (value: number) => string;
}): string {
  const others = tie.filter((name) => name !== strategy);
  const lead =
    margin === null ? '' : ` by ${format(margin.estimate)} (${format(margin.low)} to ${format(margin.high)})`;
  const first =
    others.length > 0
      ? `${strategy} is within noise of ${others.length === 1 ? others[0] : `${others.length} others`} at k = ${lag}.`
      : `${strategy} leads${runnerUp === null ? '' : ` ${runnerUp}`}${lead} at k = ${lag}.`;
  const second = picks.includes(strategy)
    ? picks.length === 1
      ? ' It was best at the start too.'
      : ` At the start it was level with ${picks.length - 1} more.`
    : ` Best at the start was ${picks.length === 1 ? picks[0] : `one of ${picks.length} others`}.`;
  return first + (picks.length === 0 ? '' : second);
}
