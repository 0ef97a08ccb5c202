import { describe, expect, it } from 'vitest';
import type { StudyAnalysis } from '../../src-main/contract/analysis.ts';
import { htmlReport } from '../../src-main/report/html-report.ts';
import { auditSample, HOSTILE_NAME, hostileSample, runningSample, selectSample } from './samples.ts';

const samples: readonly (readonly [string, () => StudyAnalysis])[] = [
  ['finished select', selectSample],
  ['finished audit', auditSample],
  ['hostile, one diverged', hostileSample],
  ['under way', runningSample],
];

const VOID = new Set(['meta', 'br', 'img', 'link', 'input', 'hr']);

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Reads a document strictly: every `<` must begin a well-formed tag with quoted attributes, every tag must be
 * closed in order, and every `&` must begin an entity. Throws where a browser would have to guess.
 */
function readStrictly(html: string): { tags: Tag[]; text: string } {
  const body = html.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/g, '<style></style>');
  const tags: Tag[] = [];
  const open: string[] = [];
  let text = '';
  const token = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z_:][\w:.-]*(?:="[^"<]*")?)*)\s*(\/?)>|([^<]+)|</y;
  while (token.lastIndex < body.length) {
    const at = token.lastIndex;
    const match = token.exec(body);
    if (match === null || match[0] === '<') throw new Error(`not a tag at ${at}: ${body.slice(at, at + 80)}`);
    if (match[5] !== undefined) {
      text += match[5];
      continue;
    }
    const [, slash, name = '', attributeText = '', selfClosing] = match;
    if (slash) {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}> at ${at}`);
      continue;
    }
    const attributes = new Map(
      Array.from(attributeText.matchAll(/([\w:.-]+)(?:="([^"]*)")?/g), (part) => [part[1]!, part[2] ?? '']),
    );
    tags.push({ name, attributes });
    if (!selfClosing && !VOID.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`);
  const loose = /&(?!(?:amp|lt|gt|quot|#39|#x?[0-9a-f]+);)/i.exec(body);
  if (loose) throw new Error(`loose & at ${loose.index}: ${body.slice(loose.index, loose.index + 40)}`);
  return { tags, text };
}

describe('htmlReport', () => {
  it.each(samples)('closes every tag in order and escapes every text: %s', (_, make) => {
    expect(() => readStrictly(htmlReport(make()))).not.toThrow();
  });

  it('would notice an unescaped name or a lost end tag', () => {
    expect(() => readStrictly('<p>a < b</p>')).toThrow('not a tag');
    expect(() => readStrictly('<p><b>a</p>')).toThrow('closes');
    expect(() => readStrictly('<p>a & b</p>')).toThrow('loose');
  });

  it.each(samples)('asks the network for nothing and runs no script: %s', (_, make) => {
    const html = htmlReport(make());
    const { tags } = readStrictly(html);
    expect(
      tags.filter((tag) => ['script', 'link', 'img', 'iframe', 'object', 'use'].includes(tag.name)),
    ).toEqual([]);
    for (const { name, attributes } of tags)
      for (const [attribute, value] of attributes) {
        expect(attribute, name).not.toMatch(/^on|^(src|srcset|xlink:href|action|formaction|data)$/);
        if (attribute === 'href') expect(value).toMatch(/^#/);
        expect(value).not.toMatch(/url\((?!#)|javascript:/i);
      }
    const style = /<style>([^<]*)<\/style>/.exec(html)![1]!;
    expect(style).not.toMatch(/url\(|@import/);
  });

  it.each(samples)('gives the same bytes twice: %s', (_, make) => {
    expect(htmlReport(make())).toBe(htmlReport(make()));
  });

  it.each(samples)('uses every id once, and only ids that exist are referred to: %s', (_, make) => {
    const { tags } = readStrictly(htmlReport(make()));
    const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const referred = tags.flatMap(({ attributes }) => [
      ...(attributes.get('aria-labelledby')?.split(' ') ?? []),
      ...(attributes.get('href') ? [attributes.get('href')!.slice(1)] : []),
      ...[...attributes.values()].flatMap((value) =>
        Array.from(value.matchAll(/url\(#([^)]+)\)/g), (m) => m[1]!),
      ),
    ]);
    expect(referred.length).toBeGreaterThan(20);
    expect(referred.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it.each(samples)(
    'names every drawing and gives every table a caption and scoped headers: %s',
    (_, make) => {
      const html = htmlReport(make());
      const { tags } = readStrictly(html);
      for (const { attributes } of tags.filter((tag) => tag.name === 'svg'))
        expect(
          attributes.has('aria-hidden') ||
            (attributes.get('role') === 'img' &&
              (attributes.has('aria-label') || attributes.has('aria-labelledby'))),
        ).toBe(true);
      const count = (name: string): number => tags.filter((tag) => tag.name === name).length;
      expect(count('caption')).toBe(count('table'));
      expect(tags.filter((tag) => tag.name === 'th' && !tag.attributes.has('scope'))).toEqual([]);
      expect(count('details')).toBe(count('figure'));
      expect([count('main'), count('h1'), count('nav')]).toEqual([1, 1, 1]);
    },
  );

  it('holds its parts in the order question, answer, …, events', () => {
    const { tags, text } = readStrictly(htmlReport(auditSample()));
    expect(tags.filter((tag) => tag.name === 'section').map((tag) => tag.attributes.get('id'))).toEqual([
      'answer',
      'setup',
      'pool',
      'dynamics',
      'ranking',
      'agreement',
      'evidence',
      'cost',
      'lost',
      'reproduce',
      'environment',
      'study-file',
      'events',
    ]);
    expect(text.indexOf('Which of 12 growing strategies')).toBeLessThan(text.indexOf('Answer', 400));
    for (const part of [
      'espalier run moby-dick-4-to-8.yaml',
      'onnxruntime 1.30.0',
      'rule: cooldown',
      'run-retried',
    ])
      expect(text).toContain(part);
  });

  it('shows hostile names as text, in tables and in charts', () => {
    const html = htmlReport(hostileSample());
    expect(html).not.toContain('<script');
    expect(html).toContain('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
    expect(html).not.toContain('<img');
    expect(html).not.toContain('\u202E');
    expect(HOSTILE_NAME).toContain('<script>');
  });

  it('tells a diverged candidate with its step and reason, without a rank', () => {
    const html = htmlReport(hostileSample());
    const part = html.slice(html.indexOf('<section id="lost"'), html.indexOf('<section id="reproduce"'));
    expect(part).toContain('The training loss became NaN at step 63');
    expect(part).toContain('<td>diverged</td><td class="num">50</td>');
  });

  it('says of a study under way that there is no choice yet, and draws what is there', () => {
    const html = htmlReport(runningSample());
    expect(html).toContain('There is no choice yet; 6 of 12 candidates have reached the lag.');
    expect(html).toContain('id="early-wide-title"');
    expect(html).not.toContain('id="margins-wide-title"');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is complete for a study without any candidate or event', () => {
    const empty: StudyAnalysis = { ...runningSample(), candidates: [], events: [], state: 'planned' };
    expect(() => readStrictly(htmlReport(empty))).not.toThrow();
    expect(htmlReport(empty)).toContain('has not started');
  });
});
