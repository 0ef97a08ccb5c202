/** Building blocks of the Markdown reports. Everything but code is escaped here. */
import { escapeMarkdown } from './markup.ts';

/** A table; the first `textColumns` columns are left-aligned, the others right-aligned. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns: number,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `| ${header.map((_, index) => (index < textColumns ? '---' : '---:')).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** Terms and values as a list. */
export function list(items: readonly (readonly [string, string])[]): string {
  return items.map(([term, value]) => `- ${escapeMarkdown(term)}: ${escapeMarkdown(value)}`).join('\n');
}

/** A code block whose fence is longer than any run of backticks inside. */
export function fence(text: string, language: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), (match) => match[0].length));
  const marks = '`'.repeat(Math.max(3, longest + 1));
  return `${marks}${language}\n${text.replace(/\n+$/, '')}\n${marks}`;
}
