/**
 * Which parts a probe consists of. A part is what is stored, skipped when it is there, and lost when a kill comes in
 * between: small enough to lose, large enough to be worth a row. Its settings are those it depends on and no
 * others, so asking for more points of a slice does not search for eigenvalues again.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { LandscapeAnalysisName, LandscapeSettings } from '../contract/landscape.ts';
import { readSubject, subjectOf } from '../contract/landscape.ts';
import { forwardFlopsPerToken } from '../model/flops.ts';
import type { StudyMaterial } from './study-material.ts';

export interface PlannedPart {
  readonly analysis: LandscapeAnalysisName;
  readonly subject: string;
  readonly part: string;
  readonly settingsJson: string;
  /** Models it looks at, the source for comparison left out. */
  readonly models: readonly string[];
  /** About how much work it is; for progress only. */
  readonly flops: number;
}

export interface LandscapeRequest {
  readonly settings: LandscapeSettings;
  readonly analyses: readonly LandscapeAnalysisName[];
  readonly strategies: readonly string[];
  /** Whether the source is looked at by itself too. */
  readonly withSource: boolean;
}

type PlanMaterial = Pick<
  StudyMaterial,
  'lag' | 'horizon' | 'sourceArchitecture' | 'targetArchitecture' | 'batchSize' | 'keptCheckpoint'
>;

const DEPENDS_ON: { readonly [Name in LandscapeAnalysisName]: readonly (keyof LandscapeSettings)[] } = {
  slices: ['batches', 'device', 'points', 'span'],
  planes: ['batches', 'device', 'planePoints', 'span'],
  barriers: ['batches', 'device', 'points'],
  sharpness: ['batches', 'device', 'iterations'],
  gradients: ['batches', 'device'],
  similarity: ['batches', 'device', 'tokens'],
  depth: ['batches', 'device'],
};

/** The settings an analysis depends on, as stored: equal text is equal settings. */
export function settingsJsonOf(analysis: LandscapeAnalysisName, settings: LandscapeSettings): string {
  return JSON.stringify(Object.fromEntries(DEPENDS_ON[analysis].map((name) => [name, settings[name]])));
}

/** All parts, model by model, paths between models last. */
export function planLandscape(request: LandscapeRequest, material: PlanMaterial): PlannedPart[] {
  const { settings, analyses, strategies } = request;
  const places = material.lag > 0 ? (['start', 'lag'] as const) : (['start'] as const);
  const subjects = [
    ...(request.withSource ? [subjectOf(null, 'source')] : []),
    ...strategies.flatMap((strategy) => places.map((place) => subjectOf(strategy, place))),
  ];
  const wanted = (analysis: LandscapeAnalysisName): boolean => analyses.includes(analysis);
  const part = (
    analysis: LandscapeAnalysisName,
    subject: string,
    name: string,
    models: readonly string[],
    passes: number,
  ): PlannedPart => {
    const architecture = architectureOf(subject, material);
    const tokens = settings.batches * material.batchSize * architecture.context;
    const flops = passes * tokens * forwardFlopsPerToken(architecture);
    return { analysis, subject, part: name, settingsJson: settingsJsonOf(analysis, settings), models, flops };
  };
  const ofModel = (subject: string): PlannedPart[] => {
    const own = (analysis: LandscapeAnalysisName, name: string, passes: number): PlannedPart[] =>
      wanted(analysis) ? [part(analysis, subject, name, [subject], passes)] : [];
    const { layers } = architectureOf(subject, material);
    const isSource = readSubject(subject).strategy === null;
    return [
      ...numbers(settings.directions).flatMap((index) =>
        own('slices', `direction ${index}`, settings.points),
      ),
      ...numbers(settings.planePoints).flatMap((row) => own('planes', `row ${row}`, settings.planePoints)),
      ...own('sharpness', 'largest eigenvalue', 8 * (settings.iterations + 1)),
      ...own('gradients', 'statistics', 6),
      ...(isSource ? [] : own('similarity', 'linear CKA', 2)),
      ...own('depth', 'skip', layers + 1),
      ...own('depth', 'swap', layers),
      ...own('depth', 'exit', 1),
    ];
  };
  const paths = wanted('barriers') ? pathsOf(strategies, material) : [];
  return [
    ...subjects.flatMap(ofModel),
    ...paths.map(([from, to]) => part('barriers', `${from}~${to}`, 'path', [from, to], settings.points)),
  ];
}

/** From each growing point to the lag and the end, and between every two strategies at each place. */
function pathsOf(strategies: readonly string[], material: PlanMaterial): [string, string][] {
  const { lag, horizon } = material;
  const hasEnd = (strategy: string): boolean =>
    lag < horizon && material.keptCheckpoint(strategy, horizon) !== null;
  const along = strategies.flatMap((strategy): [string, string][] => {
    const start = subjectOf(strategy, 'start');
    return [
      ...(lag > 0 ? [[start, subjectOf(strategy, 'lag')] as [string, string]] : []),
      ...(hasEnd(strategy) ? [[start, subjectOf(strategy, 'end')] as [string, string]] : []),
    ];
  });
  const across = (['start', 'lag', 'end'] as const).flatMap((place) => {
    if (place === 'lag' && lag === 0) return [];
    const there = place === 'end' ? strategies.filter(hasEnd) : strategies;
    return there.flatMap((first, index) =>
      there
        .slice(index + 1)
        .map((second): [string, string] => [subjectOf(first, place), subjectOf(second, place)]),
    );
  });
  return [...along, ...across];
}

function architectureOf(subject: string, material: PlanMaterial): Architecture {
  return readSubject(subject).strategy === null ? material.sourceArchitecture : material.targetArchitecture;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
