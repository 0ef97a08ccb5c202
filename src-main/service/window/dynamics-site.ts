/** One growing point of a study, or an imported audit, as the window's view of early dynamics needs it. */
import type { DecisionEvidence } from '../../contract/analysis.ts';
import { type DecisionRule, decisionEvidenceSchema, lagOf } from '../../contract/decision.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { CandidateRecord, RunRecord, StudyRecord } from '../../contract/records.ts';
import type { AnyStudySpec } from '../../contract/study-text.ts';
import type {
  DynamicsOverview,
  DynamicsPlace,
  DynamicsRun,
  DynamicsSiteInput,
  ScheduleKind,
} from '../../contract/window/dynamics.ts';
import type { History } from '../../history/history.ts';
import { describeRule } from '../../lag/decision-rules.ts';
import type { StoredFacts } from '../../lag/study-facts.ts';
import { assignLooks } from '../../report/theme.ts';

/** A run at the site; repeats are compared, but not drawn. */
export interface SiteRun extends DynamicsRun {
  readonly repeat: number;
}

export interface DynamicsSite {
  readonly study: StudyRecord;
  readonly spec: AnyStudySpec;
  readonly place: DynamicsPlace | null;
  readonly places: readonly DynamicsPlace[];
  /** Without repeats, in pool order. */
  readonly candidates: readonly CandidateRecord[];
  /** The source model's and those of candidates and their repeats, in the order they began. */
  readonly runs: readonly SiteRun[];
  readonly decision: DecisionEvidence | null;
  /** Parameters of the grown model are the same for all: FLOPs of one step, once one was made. */
  readonly flopsPerStep: number | null;
}

/**
 * @throws EspalierError `bad-input` for an unknown study, policy or growing point
 */
export function openSite(history: History, input: DynamicsSiteInput): DynamicsSite {
  const study = history.getStudy(input.studyId);
  const spec = JSON.parse(study.specJson) as AnyStudySpec;
  const all = history.listCandidates(study.id);
  const records = history.listRuns(study.id);
  const places = study.mode === 'stacking' ? placesOf(all, records, spec) : [];
  const place = study.mode === 'stacking' ? placeAt(places, input) : null;
  const here = all.filter(({ policy, growingPoint }) =>
    place === null
      ? study.mode !== 'stacking'
      : policy === place.policy && growingPoint === place.growingPoint,
  );
  const byId = new Map(here.map((candidate) => [candidate.id, candidate]));
  const runs = records.flatMap((run): SiteRun[] => {
    if (run.kind === 'source') return [siteRun(run, null, 'final', 0)];
    const candidate = run.candidateId === null ? undefined : byId.get(run.candidateId);
    if (!candidate || run.kind === 'stage' || /\/probe-\d+$/.test(run.id)) return [];
    return [siteRun(run, candidate.strategy, scheduleOf(run, spec.decision), candidate.repeat)];
  });
  const decided = history
    .listDecisions(study.id)
    .find(
      ({ policy, growingPoint }) =>
        policy === (place?.policy ?? '') && growingPoint === (place?.growingPoint ?? 0),
    );
  const trained = runs.find(({ strategy, stepsDone }) => strategy !== null && stepsDone > 0);
  return {
    study,
    spec,
    place,
    places,
    candidates: here.filter(({ repeat }) => repeat === 0).sort((a, b) => a.position - b.position),
    runs,
    decision: decided ? decisionEvidenceSchema.parse(JSON.parse(decided.evidenceJson)) : null,
    flopsPerStep: trained ? trained.flops / trained.stepsDone : null,
  };
}

/** Runs whose curves are drawn. */
export const drawnRuns = ({ runs }: Pick<DynamicsSite, 'runs'>): SiteRun[] =>
  runs.filter(({ repeat }) => repeat === 0);

export function shownRun({ repeat: _, ...run }: SiteRun): DynamicsRun {
  return run;
}

export function overviewOf(site: DynamicsSite): DynamicsOverview {
  const { study, spec, place, places, candidates, runs, decision, flopsPerStep } = site;
  const facts = JSON.parse(study.factsJson) as Partial<StoredFacts>;
  const { decision: rule } = spec;
  return {
    studyId: study.id,
    name: study.name,
    mode: study.mode,
    isImported: false,
    state: study.state,
    reason: study.reason,
    seed: study.seed,
    place,
    places,
    sourceLayers: place?.fromLayers ?? ('source' in spec ? spec.source.layers : 1),
    targetLayers: place?.toLayers ?? ('target' in spec ? spec.target.layers : null),
    horizon: 'horizon' in spec ? spec.horizon : null,
    rule: {
      name: rule.rule,
      lag: lagOf(rule),
      schedule: rule.rule === 'cooldown' ? 'cooldown' : 'final',
      inWords: describeRule(rule),
      confidence: rule.confidence,
    },
    decision,
    candidates: candidatesShown(candidates),
    runs: drawnRuns(site).map(shownRun),
    tokensPerStep: spec.recipe.batchSize * spec.model.context,
    flopsPerStep,
    repeats: Math.max(0, ...runs.map(({ repeat }) => repeat)),
    metrics: facts.metrics?.map(({ name }) => name) ?? [],
  };
}

export function overviewOfImported(audit: RecordedAudit): DynamicsOverview {
  const first = new Map(audit.curves.map((curve) => [curve.strategy, curve]));
  const { facts, flopsPerStep, horizon } = audit;
  const point = audit.curves.flatMap(({ points }) => points).find(({ tokens, step }) => tokens && step > 0);
  return {
    studyId: audit.id,
    name: audit.name,
    mode: 'audit',
    isImported: true,
    state: 'finished',
    reason: null,
    seed: audit.seed,
    place: null,
    places: [],
    sourceLayers: facts.sourceLayers ?? 1,
    targetLayers: facts.targetLayers,
    horizon,
    rule: null,
    decision: null,
    candidates: candidatesShown(
      [...first.values()].map(({ strategy, isControl }) => ({ strategy, isControl, plan: '' })),
    ),
    runs: importedRuns(audit),
    tokensPerStep: point ? point.tokens! / point.step : null,
    flopsPerStep,
    repeats: Math.max(0, ...audit.curves.map(({ repeat }) => repeat)),
    metrics: audit.metrics.map(({ name }) => name).filter((name) => name !== 'loss'),
  };
}

export const importedRunId = (strategy: string, schedule: ScheduleKind, length: number): string =>
  `${strategy}/${schedule}-${length}`;

function importedRuns({ curves, flopsPerStep }: RecordedAudit): DynamicsRun[] {
  return curves
    .filter(({ repeat }) => repeat === 0)
    .map(({ strategy, schedule, scheduleSteps, isDiverged, points }) => {
      const stepsDone = points.at(-1)?.step ?? 0;
      return {
        id: importedRunId(strategy, schedule, scheduleSteps),
        strategy,
        schedule,
        state: isDiverged ? 'diverged' : 'finished',
        reason: null,
        stepsDone,
        stepsPlanned: scheduleSteps,
        seconds: 0,
        flops: (flopsPerStep ?? 0) * stepsDone,
      };
    });
}

function candidatesShown(
  candidates: readonly Pick<CandidateRecord, 'strategy' | 'plan' | 'isControl'>[],
): DynamicsOverview['candidates'] {
  const looks = assignLooks(candidates);
  return candidates.map(({ strategy, plan, isControl }) => ({
    strategy,
    plan,
    isControl,
    look: looks.get(strategy)!,
  }));
}

function siteRun(run: RunRecord, strategy: string | null, schedule: ScheduleKind, repeat: number): SiteRun {
  const { id, state, reason, stepsDone, stepsPlanned, seconds, flops } = run;
  return { id, strategy, schedule, state, reason, stepsDone, stepsPlanned, seconds, flops, repeat };
}

/** Probes of rules that read the final schedule are the beginning of the final run. */
const scheduleOf = ({ kind }: RunRecord, { rule }: DecisionRule): ScheduleKind =>
  kind === 'probe' && rule === 'cooldown' ? 'cooldown' : 'final';

/** Growing points at which candidates were planned, in the order they come. */
function placesOf(
  candidates: readonly CandidateRecord[],
  runs: readonly RunRecord[],
  spec: AnyStudySpec,
): DynamicsPlace[] {
  const probed = new Map(
    runs.flatMap((run) => (run.kind === 'probe' ? [[run.candidateId, run] as const] : [])),
  );
  const places = new Map<string, DynamicsPlace>();
  for (const { id, policy, growingPoint } of candidates) {
    const run = probed.get(id);
    const key = JSON.stringify([policy, growingPoint]);
    if (!run || places.has(key)) continue;
    const toLayers = run.architecture.layers;
    const depths = 'stages' in spec ? spec.stages.map(({ layers }) => layers) : [];
    const fromLayers = Math.max(0, ...depths.filter((layers) => layers < toLayers));
    places.set(key, { policy, growingPoint, fromLayers, toLayers });
  }
  return [...places.values()];
}

function placeAt(
  places: readonly DynamicsPlace[],
  { policy, growingPoint }: DynamicsSiteInput,
): DynamicsPlace | null {
  const found = places.find(
    (place) =>
      (policy === undefined || place.policy === policy) &&
      (growingPoint === undefined || place.growingPoint === growingPoint),
  );
  if (found) return found;
  if (policy === undefined && growingPoint === undefined) return null;
  throw new EspalierError(
    'bad-input',
    `No strategies were probed at growing point ${(growingPoint ?? 0) + 1}${policy === undefined ? '' : ` of policy ${policy}`}`,
    {
      hint: 'Choose a growing point at which a policy probes.',
      problems: [{ at: 'growingPoint', message: 'has no probes' }],
    },
  );
}
