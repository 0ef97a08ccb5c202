/**
 * The rule by which a study chooses a growing strategy, and the evidence it leaves behind.
 *
 * `lossAtLag` is the choice of landscape-aware growing (Karp et al. 2024, arXiv 2406.02469): loss after k steps of
 * the final schedule. `cooldown` gives every candidate its own k-step run whose learning rate decays within those
 * k steps, which takes most of the noise of a high learning rate out of the comparison. `initialLoss` is the
 * baseline that the paper shows to choose badly. The other rules look once at another measurement, or look several
 * times and stop early. docs/choosing.md explains all of them.
 */
import { z } from 'zod';
import type { DecisionEvidence } from './analysis.ts';
import { LOSS_METRIC } from './recorded-audit.ts';

/** Largest lag, in training steps after the growing point. */
export const MAX_LAG = 10_000_000;
/** Most looks of a rule that looks again and again. */
export const MAX_LOOKS = 1000;

const step = z.number().int().min(1).max(MAX_LAG);
const lag = step.describe('Lag k: training steps after the growing point.');
const maxLag = step.describe('Last step at which the rule may look.');

const certainty = {
  confidence: z
    .number()
    .min(0.5)
    .max(0.999)
    .default(0.95)
    .describe('Confidence level of every interval; candidates whose interval holds 0 are tied.'),
  resamples: z
    .number()
    .int()
    .min(100)
    .max(100_000)
    .default(2000)
    .describe('Bootstrap resamples behind every interval.'),
};

const metric = {
  metric: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Metric compared: loss when left out; less is better, except for names ending in .accuracy.'),
};

const looks = {
  every: step.describe('Steps from one look to the next.'),
  minLag: step.optional().describe('First step at which the rule looks; the value of every when left out.'),
  maxLag,
};

const eta = z
  .number()
  .min(1.5)
  .max(100)
  .describe('A rung keeps one in eta of its candidates, and the next is eta times as long.');

export const decisionRuleSchema = z
  .discriminatedUnion('rule', [
    z
      .strictObject({ rule: z.literal('cooldown'), lag, ...metric, ...certainty })
      .describe('Lowest loss at the end of a k-step run whose learning rate decays within those k steps.'),
    z
      .strictObject({ rule: z.literal('lossAtLag'), lag, ...metric, ...certainty })
      .describe('Lowest validation loss after k steps of the final schedule.'),
    z
      .strictObject({ rule: z.literal('initialLoss'), ...metric, ...certainty })
      .describe('Lowest validation loss right after growing (k = 0).'),
    z
      .strictObject({
        rule: z.literal('windowMean'),
        lag,
        window: step.describe(
          'Width of the window in steps: evaluations after step lag - window, up to the lag.',
        ),
        ...metric,
        ...certainty,
      })
      .describe('Lowest mean of the evaluations in a window of steps that ends at the lag.'),
    z
      .strictObject({ rule: z.literal('areaUnderCurve'), lag, ...metric, ...certainty })
      .describe('Lowest mean height of the loss curve over the steps from 0 to the lag.'),
    z
      .strictObject({
        rule: z.literal('extrapolation'),
        lag,
        from: step
          .optional()
          .describe('First step whose evaluation the fit uses; a quarter of the lag when left out.'),
        ...certainty,
      })
      .describe(
        'Lowest loss at the horizon by a power law a + b·t^-c fitted to the evaluations up to the lag.',
      ),
    z
      .strictObject({ rule: z.literal('gradientNorm'), lag, ...certainty })
      .describe('Smallest gradient norm at the lag.'),
    z
      .strictObject({ rule: z.literal('weightDistance'), lag, ...certainty })
      .describe('Smallest distance travelled from the growing point by the lag.'),
    z
      .strictObject({
        rule: z.literal('successiveHalving'),
        ladder: z
          .array(step)
          .min(1)
          .max(50)
          .optional()
          .describe('Rungs: ascending steps at which the worse candidates are dropped.'),
        firstRung: step
          .optional()
          .describe('First rung, in place of a ladder; each next is eta times as long.'),
        maxLag: step.optional().describe('Last rung, in place of a ladder.'),
        eta: eta.default(2),
        ...metric,
        ...certainty,
      })
      .describe(
        'Rung by rung the best 1/eta of the candidates, rounded up, train on; the best of the last is chosen.',
      ),
    z
      .strictObject({
        rule: z.literal('hyperband'),
        maxLag,
        minLag: step.optional().describe('Shortest first rung; maxLag / eta³ when left out.'),
        eta: eta.default(3),
        ...metric,
        ...certainty,
      })
      .describe('Successive halving from several first rungs, which hedges against dropping late starters.'),
    z
      .strictObject({
        rule: z.literal('confidenceRace'),
        ...looks,
        tolerance: z
          .number()
          .min(0)
          .max(100)
          .default(0.002)
          .describe(
            'Difference in nats per token that does not matter: the margin of elimination and of a tie.',
          ),
        ...certainty,
      })
      .describe(
        'Drops a candidate once it is surely worse than the leader; stops when the leader is safe or all that is left is a tie.',
      ),
    z
      .strictObject({
        rule: z.literal('automaticLag'),
        ...looks,
        stable: z
          .number()
          .int()
          .min(1)
          .max(100)
          .default(2)
          .describe('Looks in a row at which the ranking must agree with the one before.'),
        threshold: z
          .number()
          .min(-1)
          .max(1)
          .default(0.9)
          .describe("Least Spearman correlation with the previous look's ranking that counts as agreement."),
        ...metric,
        ...certainty,
      })
      .describe(
        'Trains all candidates until their ranking has been stable for some looks, and takes the leader.',
      ),
  ])
  .superRefine((rule, context) => {
    for (const { path, message } of problemsOf(rule))
      context.addIssue({ code: 'custom', path: [path], message });
  })
  .describe('How the strategy is chosen.');

export type DecisionRule = z.infer<typeof decisionRuleSchema>;
export type RuleName = DecisionRule['rule'];
export type RuleOf<Name extends RuleName> = Extract<DecisionRule, { rule: Name }>;

/** Names of all rules, in the order of the schema. */
export const RULE_NAMES: readonly RuleName[] = [
  'cooldown',
  'lossAtLag',
  'initialLoss',
  'windowMean',
  'areaUnderCurve',
  'extrapolation',
  'gradientNorm',
  'weightDistance',
  'successiveHalving',
  'hyperband',
  'confidenceRace',
  'automaticLag',
];

/** Largest step the rule can look at; 0 for `initialLoss`. */
export function lagOf(rule: DecisionRule): number {
  switch (rule.rule) {
    case 'initialLoss':
      return 0;
    case 'successiveHalving':
      return rungsOf(rule).at(-1)!;
    case 'hyperband':
    case 'confidenceRace':
    case 'automaticLag':
      return rule.maxLag;
    default:
      return rule.lag;
  }
}

/** Metric the rule compares, `loss` by default. */
export function metricOf(rule: DecisionRule): string {
  return ('metric' in rule ? rule.metric : undefined) ?? LOSS_METRIC;
}

/** More is better for accuracies, less for everything else. */
export const isHigherBetter = (metricName: string): boolean => metricName.endsWith('.accuracy');

/** Rungs of `successiveHalving`, ascending. */
export function rungsOf(rule: RuleOf<'successiveHalving'>): number[] {
  if (rule.ladder !== undefined) return [...rule.ladder];
  const { firstRung = 1, maxLag: last = 1, eta: factor } = rule;
  const rungs: number[] = [];
  for (let rung = firstRung; Math.round(rung) < last; rung *= factor) rungs.push(Math.round(rung));
  return [...new Set(rungs), last];
}

/** Steps at which `confidenceRace` and `automaticLag` may look, ascending; the last is `maxLag`. */
export function looksOf({
  every,
  minLag,
  maxLag: last,
}: RuleOf<'confidenceRace' | 'automaticLag'>): number[] {
  const first = minLag ?? Math.min(every, last);
  const count = first >= last ? 0 : Math.ceil((last - first) / every);
  return [...Array.from({ length: count }, (_, index) => first + index * every), last];
}

/**
 * First rung of each bracket of `hyperband`, from the most exploratory to the last, which is `maxLag` alone:
 * maxLag · eta^-s for s = s_max … 0 (Li et al. 2018, algorithm 1).
 */
export function bracketStartsOf(rule: RuleOf<'hyperband'>): number[] {
  const { maxLag: last, eta: factor } = rule;
  const ratio = rule.minLag === undefined ? factor ** 3 : last / rule.minLag;
  // The smallest amount keeps log(243) / log(3) at 5, and no first rung is below one step.
  const brackets = Math.floor(Math.log(Math.min(ratio, last)) / Math.log(factor) + 1e-9);
  return Array.from({ length: brackets + 1 }, (_, index) =>
    Math.max(1, Math.round(last / factor ** (brackets - index))),
  );
}

/**
 * Steps, ascending and above 0, at which a run must be evaluated for the rule: of the candidate's own cooldown
 * probe for `cooldown`, of the final schedule for all others. Rules that read a stretch of the curve
 * (`windowMean`, `areaUnderCurve`, `extrapolation`) use every evaluation there; these are the fewest that do.
 */
export function stepsReadBy(rule: DecisionRule): number[] {
  switch (rule.rule) {
    case 'initialLoss':
      return [];
    case 'windowMean':
      return distinct([0, 1, 2, 3, 4].map((part) => rule.lag - Math.floor((part * rule.window) / 5)));
    case 'areaUnderCurve':
      return distinct([0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * rule.lag)));
    case 'extrapolation': {
      const from = fitStartOf(rule);
      return distinct(
        [0, 1, 2, 3, 4, 5, 6, 7].map((part) => Math.round(from + ((rule.lag - from) * part) / 7)),
      );
    }
    case 'successiveHalving':
      return rungsOf(rule);
    case 'hyperband':
      return distinct(bracketStartsOf(rule));
    case 'confidenceRace':
    case 'automaticLag':
      return looksOf(rule);
    default:
      return [rule.lag];
  }
}

/** First step whose evaluation the fit of `extrapolation` uses. */
export function fitStartOf(rule: RuleOf<'extrapolation'>): number {
  return rule.from ?? Math.max(1, Math.ceil(rule.lag / 4));
}

const distinct = (steps: readonly number[]): number[] =>
  [...new Set(steps)].filter((one) => one >= 1).sort((a, b) => a - b);

interface RuleProblem {
  readonly path: string;
  readonly message: string;
}

/** What is wrong between the fields of a rule. */
function problemsOf(rule: DecisionRule): RuleProblem[] {
  switch (rule.rule) {
    case 'windowMean':
      return rule.window <= rule.lag
        ? []
        : [
            {
              path: 'window',
              message: `the window of ${rule.window} steps is longer than the lag of ${rule.lag}; choose at most ${rule.lag}`,
            },
          ];
    case 'extrapolation':
      return rule.from === undefined || rule.from < rule.lag
        ? []
        : [
            {
              path: 'from',
              message: `the fit starts at step ${rule.from}; it must start before the lag of ${rule.lag}`,
            },
          ];
    case 'successiveHalving':
      return ladderProblems(rule);
    case 'hyperband':
      return orderProblems(rule.minLag, rule.maxLag);
    case 'confidenceRace':
    case 'automaticLag': {
      const order = orderProblems(rule.minLag, rule.maxLag);
      if (order.length > 0 || (rule.maxLag - (rule.minLag ?? rule.every)) / rule.every < MAX_LOOKS)
        return order;
      return [
        {
          path: 'every',
          message: `a look every ${rule.every} steps makes more than ${MAX_LOOKS} looks up to step ${rule.maxLag}; look less often`,
        },
      ];
    }
    default:
      return [];
  }
}

function orderProblems(least: number | undefined, most: number): RuleProblem[] {
  return least === undefined || least <= most
    ? []
    : [{ path: 'minLag', message: `${least} is beyond maxLag, which is ${most}; choose at most ${most}` }];
}

function ladderProblems({ ladder, firstRung, maxLag: last }: RuleOf<'successiveHalving'>): RuleProblem[] {
  const problem = (path: string, message: string): RuleProblem[] => [{ path, message }];
  if (ladder === undefined) {
    if (firstRung === undefined || last === undefined)
      return problem('ladder', 'is missing; give a ladder of steps, or both firstRung and maxLag');
    return firstRung <= last
      ? []
      : problem('firstRung', `${firstRung} is beyond maxLag, which is ${last}; choose at most ${last}`);
  }
  if (firstRung !== undefined || last !== undefined)
    return problem('ladder', 'stands beside firstRung or maxLag; give either a ladder or those two');
  const at = ladder.findIndex((rung, index) => index > 0 && rung <= ladder[index - 1]!);
  return at < 0
    ? []
    : problem('ladder', `rung ${ladder[at]} follows ${ladder[at - 1]}; the steps must ascend`);
}

const intervalSchema = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() });
const valuesSchema = z.array(z.strictObject({ strategy: z.string(), value: z.number().nullable() }));

const roundSchema = z.strictObject({
  step: z.number(),
  bracket: z.number().nullable(),
  values: valuesSchema,
  leader: z.string().nullable(),
  eliminated: z.array(z.strictObject({ strategy: z.string(), why: z.string() })),
  spearman: z.number().nullable(),
});

/** Reads back what a decision record holds as JSON text; records of earlier versions lack the last fields. */
export const decisionEvidenceSchema = z.strictObject({
  strategy: z.string(),
  rule: z.string(),
  lag: z.number(),
  values: valuesSchema,
  margin: intervalSchema.nullable(),
  runnerUp: z.string().nullable(),
  tie: z.array(z.string()),
  noise: z.string(),
  noiseFloor: z.number().nullable(),
  initialLossPicks: z.array(z.string()),
  metric: z.string().optional(),
  trainedTo: z.record(z.string(), z.number()).nullable().optional(),
  rounds: z.array(roundSchema).nullable().optional(),
  stoppedBecause: z.string().nullable().optional(),
}) satisfies z.ZodType<DecisionEvidence>;
