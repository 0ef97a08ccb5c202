/** Reading and writing fields of a study file as a document, so that its comments and order survive. Pure. */
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { ErrorProblem } from '../../src-main/contract/errors.ts';
import type { Branch, SetupField } from './setup-fields.ts';

type Path = readonly string[];

/** The value in the file; undefined where the file leaves it out. */
export function valueAt(document: Document, path: Path): unknown {
  const value: unknown = document.getIn([...path], true);
  return isNode(value) ? value.toJS(document) : value;
}

/** A value as a text field shows it. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What was typed as the value of a field: undefined where nothing was, the text itself where it is no number. */
export function typedValue({ kind }: Pick<SetupField, 'kind'>, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return undefined;
  if (kind === 'wholes')
    return text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(numberOrText);
  if (kind === 'whole' || kind === 'number') return numberOrText(text);
  if (kind === 'yesNo') return text === 'true';
  return text;
}

function numberOrText(text: string): number | string {
  const number = Number(text.replace(/[\s_\u202f]/g, ''));
  return Number.isFinite(number) ? number : text;
}

/** Sets a field, or takes it out of the file; objects above it are made where they are missing. */
export function writeField(document: Document, path: Path, value: unknown): void {
  if (value === undefined) {
    if (document.hasIn([...path])) document.deleteIn([...path]);
    return;
  }
  for (let length = 1; length < path.length; length++) {
    const above = path.slice(0, length);
    const node: unknown = document.getIn(above, true);
    if (!isMap(node)) document.setIn(above, document.createNode({}));
  }
  document.setIn([...path], value);
}

/** The object of a union becomes one of another kind: fields that both have are kept. */
export function writeBranch(
  document: Document,
  path: Path,
  key: string,
  branch: Branch,
  first: Readonly<Record<string, unknown>>,
): void {
  const before = valueAt(document, path);
  const known = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {};
  const kept = branch.fields.flatMap(({ path: field }) => {
    const name = field.at(-1) ?? '';
    const value = known[name] ?? first[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  document.setIn(
    [...path],
    document.createNode({ [key]: branch.name, ...Object.fromEntries(kept) }, { flow: true }),
  );
}

/** Where the schemas name a field: `study: recipe.learningRate`. */
export function problemOf(problems: readonly ErrorProblem[], path: Path): ErrorProblem | undefined {
  const place = path.join('.');
  return problems.find(({ at }) => {
    const field = at.replace(/^[^:]*: /, '');
    return field === place || field.startsWith(`${place}[`);
  });
}

/** The number a problem names as the nearest that is allowed, or null. */
export function nearestValid(message: string): number | null {
  const found =
    /must be (?:at most|at least) (-?[\d.e+-]+)/.exec(message) ??
    /must not be beyond the horizon of (\d+)/.exec(message);
  const number = Number(found?.[1]);
  return found && Number.isFinite(number) ? number : null;
}

/** 1-based line of every path that stands in the text. */
export function linesOf(text: string, paths: readonly Path[]): ReadonlyMap<string, number> {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const lines = new Map<string, number>();
  for (const path of paths) {
    const node: unknown = document.getIn([...path], true);
    const start = isNode(node) ? node.range?.[0] : undefined;
    if (start !== undefined) lines.set(path.join('.'), counter.linePos(start).line);
  }
  return lines;
}
