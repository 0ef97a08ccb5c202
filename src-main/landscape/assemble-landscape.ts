/** From stored parts to the landscape of a study as plain numbers. */
import type { z } from 'zod';
import type {
  BarrierPath,
  DepthUse,
  LandscapeAnalysis,
  LandscapeAnalysisName,
  LandscapeModel,
  LandscapePartRecord,
  LossPlane,
} from '../contract/landscape.ts';
import {
  barrierResultSchema,
  depthResultSchema,
  gradientsResultSchema,
  LANDSCAPE_ANALYSES,
  modelResultSchema,
  planeRowResultSchema,
  readSubject,
  sharpnessResultSchema,
  similarityResultSchema,
  sliceResultSchema,
} from '../contract/landscape.ts';

export interface LandscapeFrame {
  readonly studyId: string;
  readonly lag: number;
  readonly horizon: number;
  /** Strategies in pool order, which is the order of everything here. */
  readonly strategies: readonly string[];
}

/**
 * Of each analysis the parts with the settings measured last; a plane or a reading of depth appears once all its
 * parts are there. Null when nothing is stored.
 * @param parts In the order they were measured.
 */
export function assembleLandscape(
  parts: readonly LandscapePartRecord[],
  frame: LandscapeFrame,
): LandscapeAnalysis | null {
  const settings: Record<string, Record<string, unknown>> = {};
  const shown: LandscapePartRecord[] = [];
  const of = <Schema extends z.ZodType>(
    analysis: LandscapeAnalysisName,
    schema: Schema,
  ): { record: LandscapePartRecord; result: z.infer<Schema> }[] => {
    const last = parts.findLast((record) => record.analysis === analysis);
    if (!last) return [];
    settings[analysis] = JSON.parse(last.settingsJson) as Record<string, unknown>;
    return parts
      .filter((record) => record.analysis === analysis && record.settingsJson === last.settingsJson)
      .map((record) => {
        shown.push(record);
        return { record, result: schema.parse(JSON.parse(record.resultJson)) };
      })
      .sort(
        (a, b) =>
          orderOf(a.record.subject, frame) - orderOf(b.record.subject, frame) ||
          numberOf(a.record.part) - numberOf(b.record.part),
      );
  };
  const models = parts.filter(({ analysis }) => analysis === 'models');
  const analysis = {
    studyId: frame.studyId,
    lag: frame.lag,
    horizon: frame.horizon,
    slices: of('slices', sliceResultSchema).map(({ record, result }) => ({
      ...modelOf(record.subject),
      direction: numberOf(record.part),
      ...result,
    })),
    planes: planesOf(of('planes', planeRowResultSchema)),
    barriers: of('barriers', barrierResultSchema).map(({ record, result }): BarrierPath => {
      const [from, to] = record.subject.split('~') as [string, string];
      return { from: modelOf(from), to: modelOf(to), ...result };
    }),
    sharpness: of('sharpness', sharpnessResultSchema).map(onModel),
    gradients: of('gradients', gradientsResultSchema).map(onModel),
    similarity: of('similarity', similarityResultSchema).map(onModel),
    depth: depthOf(of('depth', depthResultSchema)),
    missing: models.flatMap(({ subject, resultJson }) => {
      const { reason } = modelResultSchema.parse(JSON.parse(resultJson));
      return reason === null ? [] : [{ subject, reason }];
    }),
  };
  if (!LANDSCAPE_ANALYSES.some((name) => analysis[name].length > 0) && analysis.missing.length === 0)
    return null;
  const all = [...shown, ...models];
  return {
    ...analysis,
    settings,
    seconds: all.reduce((sum, record) => sum + record.seconds, 0),
    flops: all.reduce((sum, record) => sum + record.flops, 0),
  };
}

const modelOf = (subject: string): LandscapeModel => ({ subject, ...readSubject(subject) });

function onModel<Result>({ record, result }: { record: LandscapePartRecord; result: Result }) {
  return { ...modelOf(record.subject), ...result };
}

const PLACES = ['source', 'start', 'lag', 'end'] as const;

/** The source first, then strategies in pool order, each from its growing point on; paths by their first end. */
function orderOf(subject: string, { strategies }: LandscapeFrame): number {
  return subject.split('~').reduce((order, end) => {
    const { strategy, place } = readSubject(end);
    const position = strategy === null ? 0 : 1 + strategies.indexOf(strategy);
    return order * (strategies.length + 2) * PLACES.length + position * PLACES.length + PLACES.indexOf(place);
  }, 0);
}

/** The number at the end of a part's name; 0 where there is none. */
const numberOf = (part: string): number => Number(/\d+$/.exec(part)?.[0] ?? 0);

function planesOf(
  rows: readonly { record: LandscapePartRecord; result: z.infer<typeof planeRowResultSchema> }[],
): LossPlane[] {
  return [...Map.groupBy(rows, ({ record }) => record.subject)].flatMap(([subject, own]) => {
    const first = own[0]!.result.first;
    if (own.length < first.length) return [];
    return [
      {
        ...modelOf(subject),
        first,
        second: own.map(({ result }) => result.second),
        losses: own.map(({ result }) => result.losses),
      },
    ];
  });
}

function depthOf(
  rows: readonly { record: LandscapePartRecord; result: z.infer<typeof depthResultSchema> }[],
): DepthUse[] {
  return [...Map.groupBy(rows, ({ record }) => record.subject)].flatMap(([subject, own]) => {
    const [skip, swap, exit] = ['skip', 'swap', 'exit'].map(
      (part) => own.find(({ record }) => record.part === part)?.result,
    );
    if (!skip || !swap || !exit) return [];
    const { whole } = skip;
    return [{ ...modelOf(subject), whole, skip: skip.layers, swap: swap.layers, exit: exit.layers }];
  });
}
