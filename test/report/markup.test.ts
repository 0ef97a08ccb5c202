import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, escapeHtml, escapeMarkdown } from '../../src-main/report/markup.ts';

describe('escapeHtml', () => {
  it('leaves no character that could end a text or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });

  it('can be read back, control characters apart', () => {
    const back = (html: string): string =>
      html
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(back(escapeHtml(text))).toBe(text);
      }),
    );
  });

  it('replaces lone surrogates and marks that reorder text', () => {
    expect(escapeHtml('a\uD800b\u202Ec\u0000')).toBe('a\uFFFDb\uFFFDc\uFFFD');
  });
});

describe('escapeMarkdown', () => {
  it('leaves no bare pipe, bracket, backtick, angle or line break', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped.replace(/\\[\\`*_{}[\]<>#|~&!+=-]/g, '')).not.toMatch(/[`|<>[\]*_\n]/);
      }),
    );
  });

  it('keeps a line that begins like a list or heading from becoming one', () => {
    expect(escapeMarkdown('- item')).toBe('\\- item');
    expect(escapeMarkdown('# head')).toBe('\\# head');
    expect(escapeMarkdown('12. item')).toBe('12\\. item');
    expect(escapeMarkdown('3)')).toBe('3\\)');
  });

  it('leaves numbers as they are', () => {
    for (const text of ['1.00', '2.25 TFLOP', '0.5']) expect(escapeMarkdown(text)).toBe(text);
  });
});

/** Fields of one CSV line after RFC 4180, written independently of the writer. */
function readCsvLine(line: string): string[] {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(,|$)/.exec(rest);
    const match = quoted ?? /^([^",\r\n]*)(,|$)/.exec(rest);
    if (match === null) throw new Error(`not RFC 4180: ${rest}`);
    fields.push(quoted ? match[1]!.replaceAll('""', '"') : match[1]!);
    if (match[2] === '') return fields;
    rest = rest.slice(match[0].length);
  }
}

describe('csvCell', () => {
  it('reads back as one field, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (texts) => {
        const fields = readCsvLine(texts.map(csvCell).join(','));
        expect(fields.map((field) => field.replace(/^'(?=\s*[=+\-@])/, ''))).toEqual(
          texts.map((text) => text.replace(/^'(?=\s*[=+\-@])/, '')),
        );
      }),
    );
  });

  it('never lets a text begin a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@x', '\t=1', ' =1', '\r=1'])
      expect(readCsvLine(csvCell(text))[0]).toMatch(/^'/);
  });

  it('writes numbers in full precision, negative ones too, and null as empty', () => {
    expect(csvCell(-0.1234567890123456)).toBe('-0.1234567890123456');
    expect(csvCell(null)).toBe('');
    expect(csvCell(true)).toBe('true');
  });
});
