/** The choices of a stacking study in HTML: for each growing point the probes, the decision and its evidence. */
import type { CandidateAnalysis } from '../contract/analysis.ts';
import type { GrowingPointAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import { curveOf, dynamicsOption } from './dynamics-chart.ts';
import { ruleInWords, valueHeader, verdictOf } from './findings.ts';
import { roundsPart } from './html-charts.ts';
import { figureHtml, nameHtml, paragraph, type Row, sectionHtml, tableHtml } from './html-parts.ts';
import { escapeHtml } from './markup.ts';
import { formatCount, formatDifference, formatFlops, formatLoss, joinNames } from './number-format.ts';
import { planGlyph } from './plan-glyph.ts';
import { initialInWords } from './stacking-findings.ts';
import { choosingPoints, type SharedGrowingPoint } from './stacking-looks.ts';
import { assignLooks, cssPalette, type Look } from './theme.ts';

const ROW_GLYPH = { height: 12, maxWidth: 144 };

/** Panels in the order of the policies; a note where no policy of the study chooses. */
export function choicesSection(analysis: StackingAnalysis): string {
  const shared = choosingPoints(analysis);
  if (shared.length === 0) {
    const chooses = analysis.policies.some(({ search }) => search !== null);
    return sectionHtml(
      'choices',
      'Choices at the growing points',
      paragraph(
        chooses ? 'No candidate has been probed yet.' : 'No policy of this study chooses by probing.',
      ),
    );
  }
  const all = shared.flatMap(({ point }) => candidatesOf(point));
  // One look for a strategy at all growing points, whatever its plan there.
  const looks = assignLooks([...new Map(all.map((candidate) => [candidate.strategy, candidate])).values()]);
  return sectionHtml(
    'choices',
    'Choices at the growing points',
    shared.map((entry, index) => panel(entry, index, looks)).join(''),
  );
}

function panel(
  { policies, point }: SharedGrowingPoint,
  index: number,
  looks: ReadonlyMap<string, Look>,
): string {
  const { decision, fromLayers, toLayers, probes, searchFlops } = point;
  const names = joinNames(policies.map(({ name }) => name));
  const badge = decision
    ? `<span class="badge ${verdictOf(decision).tone}">${escapeHtml(verdictOf(decision).text)}</span>`
    : '<span class="badge">not decided</span>';
  const title = `<h3>${escapeHtml(`${names}: ${fromLayers} to ${toLayers} layers`)}${badge}</h3>`;
  const candidates = candidatesOf(point);
  const measured = candidates.filter(({ probeCurve }) => probeCurve.some(({ loss }) => loss !== null));
  const figure =
    measured.length === 0
      ? paragraph('No evaluation of a probe has been recorded yet.')
      : figureHtml({
          id: `probes-${index + 1}`,
          title: `Probes from ${fromLayers} to ${toLayers} layers`,
          description: `Validation loss of ${probes.length} candidates by steps since growing, and how far each is behind the best at the same step. Searching here took ${formatFlops(searchFlops)}.`,
          wideHeight: 400,
          narrowHeight: 460,
          draw: (size) =>
            dynamicsOption({ candidates, decision }, { size, palette: cssPalette, looks }, 'probe'),
          tableHtml: curveTable(candidates, looks),
        });
  return `${title}${paragraph(choiceInWords(point), 'choice')}${candidateTable(point, candidates, looks)}${figure}${decision ? roundsPart(decision) + paragraph(decision.noise, 'note') : ''}`;
}

/** The choice with its margin, its ties and what initial loss would have picked. */
export function choiceInWords({ decision, probes }: GrowingPointAnalysis): string {
  if (!decision) {
    const over = probes.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
    return `Not decided: ${over} of ${probes.length} probes have ended.`;
  }
  const { margin, runnerUp, tie, strategy } = decision;
  const lead =
    runnerUp === null
      ? 'no other candidate was left'
      : margin
        ? `ahead of ${runnerUp} by ${formatLoss(margin.estimate)} (interval ${formatDifference(margin.low)} to ${formatDifference(margin.high)})`
        : `ahead of ${runnerUp} by a margin whose noise was not measured`;
  const others = tie.filter((name) => name !== strategy);
  const tied = others.length > 0 ? `; tied with ${joinNames(others)}` : '';
  return `Chosen by ${ruleInWords(decision)}: ${strategy}, ${lead}${tied}. By k = 0: ${initialInWords(strategy, decision.initialLossPicks)}.`;
}

function candidateTable(
  { decision, fromLayers }: GrowingPointAnalysis,
  candidates: readonly CandidateAnalysis[],
  looks: ReadonlyMap<string, Look>,
): string {
  const number = (header: string) => ({ header, isNumber: true });
  const order = new Map(decision?.values.map(({ strategy }, place) => [strategy, place]));
  const initialPicks = new Set(decision?.initialLossPicks);
  const rows = candidates
    .toSorted((a, b) => (order.get(a.strategy) ?? 0) - (order.get(b.strategy) ?? 0))
    .map((candidate): Row => {
      const isEven = candidate.isChosen || candidate.isTied;
      const pick = initialPicks.has(candidate.strategy) ? ' (lowest)' : '';
      return {
        className: candidate.isChosen ? 'picked' : isEven ? 'even' : '',
        html: [
          nameHtml(candidate, looks.get(candidate.strategy)),
          planGlyph(candidate.plan, fromLayers, ROW_GLYPH),
          `<span class="mono">${escapeHtml(candidate.plan)}</span>`,
          `${formatLoss(candidate.initialLoss)}${pick}`,
          formatLoss(candidate.lossAtLag),
          candidate.isChosen || !decision || candidate.lossAtLag === null || decision.rounds
            ? ''
            : formatDifference(candidate.lossAtLag - (decision.values[0]?.value ?? 0)),
        ],
      };
    });
  return tableHtml(
    'Candidates, by what the decision rests on',
    [
      { header: 'Strategy' },
      { header: 'Plan' },
      { header: 'As text' },
      number('k = 0'),
      number(valueHeader(decision)),
      number('Behind'),
    ],
    rows,
    { isCaptionHidden: true },
  );
}

function curveTable(candidates: readonly CandidateAnalysis[], looks: ReadonlyMap<string, Look>): string {
  const steps = [
    ...new Set(candidates.flatMap((candidate) => curveOf(candidate, 'probe').map(({ step }) => step))),
  ].sort((a, b) => a - b);
  return tableHtml(
    'Loss of the probes by step, nats per token',
    [
      { header: 'Strategy' },
      ...steps.map((step) => ({ header: `k = ${formatCount(step)}`, isNumber: true })),
    ],
    candidates.map((candidate) => {
      const losses = new Map(candidate.probeCurve.map(({ step, loss }) => [step, loss]));
      return {
        html: [
          nameHtml(
            { ...candidate, isChosen: false, isTied: false, state: 'finished' },
            looks.get(candidate.strategy),
          ),
          ...steps.map((step) => {
            const loss = losses.get(step);
            return loss === undefined ? '' : loss === null ? 'not finite' : formatLoss(loss);
          }),
        ],
      };
    }),
  );
}

/** The probes of a growing point as candidates of a study, which is what charts and tables draw. */
export function candidatesOf({ probes, decision, strategy }: GrowingPointAnalysis): CandidateAnalysis[] {
  const values = new Map(decision?.values.map((entry) => [entry.strategy, entry.value]));
  return probes.map((probe): CandidateAnalysis => {
    const isChosen = decision !== null && probe.strategy === strategy;
    return {
      strategy: probe.strategy,
      operator: '',
      plan: probe.plan,
      exactness: '',
      isControl: false,
      state: probe.state,
      reason: null,
      initialLoss: probe.curve.find(({ step }) => step === 0)?.loss ?? null,
      lossAtLag: values.get(probe.strategy) ?? null,
      finalLoss: null,
      rankInitial: null,
      rankAtLag: null,
      rankFinal: null,
      margin: null,
      isChosen,
      isTied: !isChosen && (decision?.tie.includes(probe.strategy) ?? false),
      probeCurve: probe.curve,
      fullCurve: [],
      secondsSpent: 0,
      peakMemoryBytes: null,
      flopsSpent: 0,
    };
  });
}
