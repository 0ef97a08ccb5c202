import { describe, expect, it } from 'vitest';
import type { StackingAnalysis } from '../../src-main/contract/stacking-analysis.ts';
import { stackingHtml } from '../../src-main/report/stacking-html.ts';
import { stackingMarkdown } from '../../src-main/report/stacking-markdown.ts';
import {
  decisionsCsv,
  lineageCsv,
  policiesCsv,
  stackingCurvesCsv,
  triggersCsv,
} from '../../src-main/report/stacking-tables.ts';
import { placeStages } from '../../src-main/report/stacking-timeline.ts';
import {
  BUDGET,
  emptyStackingSample,
  FLOPS_PER_LAYER,
  HOSTILE,
  hostileStackingSample,
  partialStackingSample,
  stackingSample,
} from './stacking-samples.ts';

/** The part of the page with this id. */
function section(html: string, id: string): string {
  const from = html.indexOf(`<section id="${id}"`);
  expect(from, `section ${id}`).toBeGreaterThan(0);
  return html.slice(from, html.indexOf('</section>', from));
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

/** Of one of the two drawings, wide and narrow. */
const wideTimeline = (html: string): string => {
  const timeline = section(html, 'timeline');
  return timeline.slice(timeline.indexOf('<div class="wide">'), timeline.indexOf('<div class="narrow">'));
};

const withTriggers = (): StackingAnalysis => {
  const analysis = stackingSample();
  return {
    ...analysis,
    policies: analysis.policies.map((policy) => ({
      ...policy,
      stages: policy.stages.map((stage) => ({
        ...stage,
        triggerReadings: Array.from({ length: 9 }, (_, index) => ({
          step: 10 * (index + 1),
          value: index === 0 ? null : 0.5 / index,
          threshold: 0.0625,
          hasFired: index === 8,
        })),
      })),
    })),
  };
};

describe('stackingHtml', () => {
  it('is one file without script, network or outside resource', () => {
    const html = stackingHtml(stackingSample());
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<link|src=|@import|url\(https?:/);
  });

  it('gives the same bytes for the same analysis, and balanced tags', () => {
    const html = stackingHtml(stackingSample());
    expect(stackingHtml(stackingSample())).toBe(html);
    for (const tag of ['section', 'table', 'svg', 'figure', 'div', 'ul', 'details', 'g', 'tr'])
      expect(count(html, new RegExp(`<${tag}[ >]`, 'g')), tag).toBe(
        count(html, new RegExp(`</${tag}>`, 'g')),
      );
  });

  it('has no id twice, and every link of the contents leads somewhere', () => {
    for (const html of [stackingHtml(withTriggers()), stackingHtml(partialStackingSample())]) {
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id);
    }
  });

  it('names every drawing', () => {
    const html = stackingHtml(stackingSample());
    for (const [drawing] of html.matchAll(/<svg[^>]*>/g))
      expect(drawing).toMatch(/role="img" .*aria-label(ledby)?=|aria-label="|aria-hidden="true"/);
  });

  it('shows every policy, stage, search and strategy in the timeline, the lowest loss first', () => {
    const analysis = stackingSample();
    const timeline = wideTimeline(stackingHtml(analysis));
    const names = [...timeline.matchAll(/class="name[^"]*"[^>]*>([^<]+)</g)].map(([, name]) => name);
    expect(names).toEqual(['lag (search free)', 'always stack', 'lag (search charged)', 'scratch']);
    expect(count(timeline, /class="stage"/g)).toBe(3 + 3 + 3 + 1);
    // Only the policy that pays has search on the axis, once for each growing point.
    expect(count(timeline, /class="search"/g)).toBe(2);
    expect(count(timeline, /grown by (stack|idRandTop)</g)).toBe(6);
    expect(timeline).toContain('+0.1500 (+0.1400 to +0.1600)');
  });

  it('shows every decision once, though two policies share it, with margin, ties and the pick of k = 0', () => {
    const choices = section(stackingHtml(stackingSample()), 'choices');
    expect(count(choices, /<h3>/g)).toBe(2);
    expect(choices).toContain('lag (search charged) and lag (search free): 2 to 4 layers');
    expect(choices).toContain('idRandTop, ahead of stack by 0.1000 (interval +0.0500 to +0.1500)');
    expect(choices).toContain('tied with idRandTop');
    expect(choices).toContain('initial loss would have picked idRandTop');
  });

  it('draws every layer of every stage that lives on, one cell each, with its parent', () => {
    const lineage = section(stackingHtml(stackingSample()), 'lineage');
    // idRandTop then stack: 2 + 4 + 8 layers, all carried on; the same for always stack; one drawing for both endings.
    expect(count(lineage, /<svg class="lineage"/g)).toBe(2);
    expect(count(lineage, /class="cell b/g)).toBe(2 * 14);
    expect(count(lineage, /class="born"/g)).toBe(2);
    expect(lineage).toContain('layer 7 of stage 3: copy of 3, born as 2.3');
    expect(lineage).toContain('random, adds nothing at first');
  });

  it('shows the last trigger readings of a stage, and no such part without a trigger', () => {
    expect(stackingHtml(stackingSample())).not.toContain('id="triggers"');
    const triggers = section(stackingHtml(withTriggers()), 'triggers');
    expect(count(triggers, /<tr>/g)).toBe(1 + 10 * 6);
    expect(triggers).toContain('<td>yes</td>');
  });

  it('escapes whatever a study file can hold', () => {
    const html = stackingHtml(hostileStackingSample());
    expect(html).not.toContain(HOSTILE);
    expect(html).not.toMatch(/<script|<img/);
    const markdown = stackingMarkdown(hostileStackingSample());
    expect(markdown.replace(/(`{3,})[\s\S]*?\n\1/g, '').replace(/\\./g, '')).not.toMatch(/<script|!\[|\]\(/);
    expect(markdown).toContain('````yaml');
  });

  it.each(['running', 'interrupted', 'failed'] as const)('renders a study that is %s', (state) => {
    const html = stackingHtml(partialStackingSample(state));
    const timeline = wideTimeline(html);
    expect(timeline).toContain('class="planned"');
    expect(timeline).toContain('>diverged<');
    expect(timeline).toContain(state === 'running' ? '>not begun<' : '>not finished<');
    expect(section(html, 'choices')).toContain('Not decided: 1 of 2 probes have ended.');
    expect(section(html, 'answer')).toContain('the training loss became NaN at step 30');
    expect(html).not.toMatch(/NaN<\/td>|undefined|Infinity|>null</);
  });

  it('renders a study of which nothing is trained yet', () => {
    const html = stackingHtml(emptyStackingSample());
    expect(section(html, 'answer')).toContain('The study has not started.');
    expect(section(html, 'curves')).toContain('No evaluation has been recorded yet.');
    expect(section(html, 'lineage')).toContain('No policy has passed its last growing point yet.');
    expect(html).not.toMatch(/NaN|undefined|Infinity|>null</);
  });
});

describe('placeStages', () => {
  it('puts stages and paid searches end to end, up to what the policy spent', () => {
    const [charged] = stackingSample().policies;
    const placed = placeStages(charged!, BUDGET);
    const searches = placed.map(({ searchFrom, from }) => from - searchFrom);
    expect(searches).toEqual([0, 160 * FLOPS_PER_LAYER, 320 * FLOPS_PER_LAYER]);
    expect(placed.at(-1)!.to).toBe(charged!.totalFlops);
    for (const [index, { searchFrom }] of placed.entries())
      expect(searchFrom).toBe(index === 0 ? 0 : placed[index - 1]!.to);
  });

  it('lets a stage to come begin where the one before is planned to end', () => {
    const placed = placeStages(emptyStackingSample().policies[1]!, BUDGET);
    expect(placed.map(({ from, done }) => done - from)).toEqual([0, 0, 0]);
    expect(placed.at(-1)!.to).toBe(BUDGET);
  });

  it('ends with a stage that diverged, and plans no further than the budget', () => {
    const [probing, , lost] = partialStackingSample().policies;
    const placed = placeStages(lost!, BUDGET);
    expect(placed.map(({ stage }) => stage.state)).toEqual(['finished', 'diverged']);
    expect(placed[1]!.to - placed[1]!.from).toBe(30 * 4 * FLOPS_PER_LAYER);
    // Its last stage will have to make do with what the searches leave.
    expect(placeStages(probing!, BUDGET).at(-1)!.to).toBe(BUDGET);
  });
});

describe('stackingMarkdown', () => {
  it('holds every policy, stage, decision and layer, in tables of even width', () => {
    const analysis = stackingSample();
    const markdown = stackingMarkdown(analysis);
    const tables = markdown.split('\n\n').filter((block) => block.startsWith('|'));
    for (const table of tables) {
      const widths = table.split('\n').map((line) => line.replace(/\\./g, '').split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
    const rows = (title: string): string[] => {
      const part = markdown.slice(markdown.indexOf(`## ${title}`));
      return part
        .slice(part.indexOf('\n|') + 1)
        .split('\n\n')[0]!
        .split('\n')
        .slice(2);
    };
    expect(rows('Policies')).toHaveLength(4);
    expect(rows('Stages')).toHaveLength(10);
    expect(rows('Where the layers come from')).toHaveLength(3 * 8);
    expect(rows('Cost')).toHaveLength(4);
    expect(count(markdown, /^### lag/gm)).toBe(2);
    expect(markdown).toContain('+0.1400 to +0.1600');
  });

  it('renders unfinished and empty studies', () => {
    for (const analysis of [partialStackingSample(), emptyStackingSample()])
      expect(stackingMarkdown(analysis)).not.toMatch(/undefined|Infinity|\| null/);
  });
});

describe('the tables of a stacking study', () => {
  const lines = (text: string): string[] => text.trimEnd().split('\r\n');

  it('have one line for each stage, evaluation, candidate of a decision, step back of a layer and reading', () => {
    const analysis = withTriggers();
    expect(lines(policiesCsv(analysis))).toHaveLength(1 + 10);
    // Two policies with 2 growing points of 2 candidates each; probes with 3 evaluations.
    expect(lines(decisionsCsv(analysis))).toHaveLength(1 + 2 * 2 * 2);
    expect(lines(stackingCurvesCsv(analysis))).toHaveLength(1 + 10 * 3 + 2 * 4 * 3);
    expect(lines(triggersCsv(analysis))).toHaveLength(1 + 10 * 9);
    const steps = analysis.policies.flatMap(({ lineage }) => lineage.flatMap(({ ancestors }) => ancestors));
    expect(lines(lineageCsv(analysis))).toHaveLength(1 + steps.length);
  });

  it('have as many cells in every line as the header', () => {
    const analysis = withTriggers();
    for (const table of [policiesCsv, decisionsCsv, stackingCurvesCsv, triggersCsv, lineageCsv]) {
      const [header, ...rest] = lines(table(analysis)).map((line) => line.split(',').length);
      expect(new Set(rest)).toEqual(new Set([header]));
    }
  });

  it('put margin, tie and the pick of k = 0 beside the candidates they belong to', () => {
    const [header, ...rest] = lines(decisionsCsv(stackingSample()));
    const columns = header!.split(',');
    const cell = (line: string, name: string): string => line.split(',')[columns.indexOf(name)]!;
    const second = rest.slice(2, 4);
    expect(second.map((line) => cell(line, 'strategy'))).toEqual(['stack', 'idRandTop']);
    expect(second.map((line) => cell(line, 'is_chosen'))).toEqual(['true', 'false']);
    expect(second.map((line) => cell(line, 'is_tied'))).toEqual(['false', 'true']);
    expect(second.map((line) => cell(line, 'is_initial_loss_pick'))).toEqual(['false', 'true']);
    expect(second.map((line) => cell(line, 'margin'))).toEqual(['', '0.1']);
  });
});
