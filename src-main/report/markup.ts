/** Text made safe for HTML, Markdown and CSV. Every string that comes from a study passes through here. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe as HTML or SVG text and inside quoted attributes; control characters become the replacement character. */
export function escapeHtml(text: string): string {
  return replaceControls(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Safe as Markdown text and inside a table cell: no markup, no HTML, on one line. */
export function escapeMarkdown(text: string): string {
  return replaceControls(text)
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`*_{}[\]<>#|~&!]/g, (character) => `\\${character}`)
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/(https?):\/\//gi, '$1:\u200B//');
}

/**
 * One CSV cell (RFC 4180). A text cell that a spreadsheet would take for a formula gets a leading apostrophe.
 * Numbers are written in full precision; null is an empty cell.
 */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text with control characters, lone surrogates and marks that reorder what follows replaced. */
export function replaceControls(text: string): string {
  let clean = '';
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0)!;
    const isControl = (code < 32 && code !== 9 && code !== 10) || (code >= 127 && code < 160);
    // Marks that reorder the text around them could make a name read as something else.
    const isReordering = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    clean += isControl || isReordering ? '\uFFFD' : character;
  }
  return clean;
}
