import { describe, expect, it } from 'vitest';
import type { LandscapeAnalysis, LandscapePlace } from '../../src-main/contract/landscape.ts';
import { subjectOf } from '../../src-main/contract/landscape.ts';
import { htmlReport } from '../../src-main/report/html-report.ts';
import { formatFigure, landscapeCsv } from '../../src-main/report/landscape-tables.ts';
import { markdownReport } from '../../src-main/report/markdown-report.ts';
import { hostileSample, selectSample } from '../report/samples.ts';

const model = (strategy: string | null, place: LandscapePlace) => ({
  subject: subjectOf(strategy, place),
  strategy,
  place,
});
const band = (estimate: number) => ({ estimate, low: estimate - 0.01, high: estimate + 0.01 });

/** A landscape of the given strategies, one slice point of which was not finite. */
function sample(strategies: readonly string[]): LandscapeAnalysis {
  const models = [
    model(null, 'source'),
    ...strategies.flatMap((strategy) => [model(strategy, 'start'), model(strategy, 'lag')]),
  ];
  const grown = models.filter(({ strategy }) => strategy !== null);
  const layers = (count: number) =>
    Array.from({ length: count }, (_, layer) => ({
      layer,
      loss: 2 + 0.1 * layer,
      change: band(0.2 - 0.1 * layer),
    }));
  return {
    studyId: 's',
    lag: 200,
    horizon: 1000,
    settings: {},
    slices: models.map((one) => ({
      ...one,
      direction: 0,
      distances: [-1, 0, 1],
      losses: [null, 2, 3],
      rise: band(1),
    })),
    planes: models.map((one) => ({
      ...one,
      first: [-1, 0, 1],
      second: [-1, 0, 1],
      losses: [
        [3, 2.5, 3],
        [2.5, 2, null],
        [3, 2.5, 3],
      ],
    })),
    barriers: grown.slice(1).map((to) => ({
      from: grown[0]!,
      to,
      shares: [0, 0.5, 1],
      losses: [2, 2.5, 2.1],
      barrier: band(0.45),
      instability: band(0.45),
      distance: 0.3,
    })),
    sharpness: models.map((one) => ({
      ...one,
      largest: band(12.3456),
      smallest: -0.5,
      residual: 0.01,
      iterations: 20,
      method: 'exact' as const,
      reason: null,
    })),
    gradients: models.map((one) => ({
      ...one,
      noiseScale: null,
      squaredNorm: -0.1,
      variance: 3,
      norms: [
        { part: 'embedding', norm: 1 },
        { part: 'layer 0', norm: 0.5 },
      ],
    })),
    similarity: grown.map((one) => ({
      ...one,
      cka: [
        [1, 0.5],
        [0.25, null],
      ],
      tokens: 64,
    })),
    depth: models.map((one) => ({ ...one, whole: 2, skip: layers(3), swap: layers(2), exit: layers(4) })),
    missing: [{ subject: 'dead@lag', reason: 'the loss became <NaN> & stayed so' }],
    seconds: 12.5,
    flops: 3e12,
  };
}

const landscape = sample(['stack', 'dupLast']);

describe('htmlReport with a landscape', () => {
  const html = htmlReport(selectSample(), landscape);

  it('has a section, a link to it and a chart for each analysis, wide and narrow', () => {
    expect(html).toContain('<a href="#landscape">');
    for (const id of ['slices', 'planes', 'barriers', 'depth', 'exits', 'similarity'])
      for (const width of ['wide', 'narrow']) expect(html).toContain(`id="landscape-${id}-${width}-title"`);
  });

  it('escapes what it is given and shows no raw missing value', () => {
    expect(html).toContain('the loss became &lt;NaN&gt; &amp; stayed so');
    const section = /<section id="landscape"[\s\S]*?<\/section>/.exec(html)![0];
    expect(section).not.toMatch(/NaN(?!&gt;)|undefined|null|Infinity/);
    expect(section).toContain('12.35');
  });

  it('uses every id once, refers to none that is missing, and closes every element', () => {
    const ids = Array.from(html.matchAll(/ id="([^"]+)"/g), (match) => match[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, list = ''] of html.matchAll(/aria-labelledby="([^"]+)"/g))
      for (const id of list.split(' ')) expect(ids).toContain(id);
    for (const name of ['section', 'figure', 'table', 'details', 'svg', 'ul', 'text', 'path', 'g']) {
      const opened = html.match(new RegExp(`<${name}[ >](?![^<]*/>)`, 'g'))?.length ?? 0;
      const closed = html.match(new RegExp(`</${name}>`, 'g'))?.length ?? 0;
      const selfClosed = html.match(new RegExp(`<${name}[^<>]*/>`, 'g'))?.length ?? 0;
      expect(closed, name).toBeGreaterThanOrEqual(opened - selfClosed);
      expect(closed, name).toBeLessThanOrEqual(opened + selfClosed);
    }
  });

  it('is the same bytes for the same landscape', () => {
    expect(htmlReport(selectSample(), structuredClone(landscape))).toBe(html);
  });

  it('has nothing of it without one', () => {
    expect(htmlReport(selectSample())).not.toContain('landscape');
  });

  it('draws what is there when only some analyses were measured', () => {
    const only = {
      ...landscape,
      slices: [],
      planes: [],
      barriers: [],
      similarity: [],
      depth: [],
      missing: [],
    };
    const part = htmlReport(selectSample(), only);
    expect(part).toContain('Curvature and gradient noise');
    expect(part).not.toContain('landscape-slices');
  });

  it('says so where products were computed by differences', () => {
    const sharpness = landscape.sharpness.map((one) => ({
      ...one,
      method: 'differences' as const,
      reason: 'no kernel',
    }));
    expect(htmlReport(selectSample(), { ...landscape, sharpness })).toContain(
      'differences of gradients, because exact ones were not possible: no kernel',
    );
  });

  it('keeps hostile names of strategies harmless', () => {
    const { candidates } = hostileSample();
    const names = candidates.map(({ strategy }) => strategy);
    expect(htmlReport(hostileSample(), sample(names.slice(0, 3)))).not.toMatch(
      /<script|onerror=(?!&)"|javascript:/i,
    );
  });
});

describe('markdownReport with a landscape', () => {
  it('holds its tables', () => {
    const text = markdownReport(selectSample(), landscape);
    expect(text).toContain('## Loss landscape');
    expect(text).toMatch(/\| stack, growing point \| stack, k = 200 \| \\?2\.0000 \|/);
    expect(markdownReport(selectSample())).not.toContain('Loss landscape');
  });
});

describe('landscapeCsv', () => {
  it('has one line for each number, empty where it was not finite', () => {
    const lines = landscapeCsv(landscape).trimEnd().split('\r\n');
    expect(lines[0]).toBe('analysis,subject,item,x,y,value,low,high');
    // 5 models: 3 slice points, 9 plane points, 3 numbers of sharpness, 5 of gradients, 9 of depth; 3 paths of 5; 4 × 4 CKA.
    expect(lines).toHaveLength(1 + 5 * (3 + 9 + 3 + 5 + 9) + 3 * 5 + 4 * 4);
    expect(lines).toContain('slice,stack@start,direction 0,-1,,,,');
    expect(lines).toContain(
      `sharpness,stack@lag,largest eigenvalue,,,12.3456,${12.3456 - 0.01},${12.3456 + 0.01}`,
    );
    expect(new Set(lines.map((line) => line.split(',').length))).toEqual(new Set([8]));
  });
});

describe('formatFigure', () => {
  it.each([
    [1234.56, '1234.6'],
    [12.345, '12.35'],
    [1.23456, '1.235'],
    [-0.12345, '−0.1235'],
    [0.00001, '1.00e−5'],
    [0, '0.0000'],
    [null, '–'],
  ])('prints %s as %s', (value, text) => {
    expect(formatFigure(value)).toBe(text);
  });
});
