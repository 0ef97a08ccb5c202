/**
 * Reads a YAML text against a schema, with the line of every problem. Duplicate keys, unresolved tags and texts
 * that multiply their aliases ("billion laughs") are refused. Nothing is read from disk here.
 */
import type { Document } from 'yaml';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ErrorProblem } from './errors.ts';
import { expectationOf, fieldProblems } from './field-problems.ts';

export interface YamlFile {
  /** Shown in messages only. */
  readonly path: string;
  readonly text: string;
}

/** Anchors may be used; a file that multiplies them is refused. */
const MAX_ALIAS_COUNT = 50;
/** Characters. */
const MAX_FILE_LENGTH = 200_000;

export type YamlResult<Item> = { value: Item } | { problems: ErrorProblem[] };

/**
 * The value with defaults filled in, or every problem with field path and 1-based line.
 * @param schemaFor Schema of the file; may look at what is in it.
 */
export function readYaml<Item>(
  file: YamlFile,
  schemaFor: z.ZodType<Item> | ((data: unknown) => z.ZodType<Item>),
): YamlResult<Item> {
  const problem = (message: string, line?: number): YamlResult<Item> => ({
    problems: [{ at: file.path, message, ...(line === undefined ? {} : { line }) }],
  });
  if (file.text.length > MAX_FILE_LENGTH)
    return problem(`the file has ${file.text.length} characters; at most ${MAX_FILE_LENGTH} are allowed`);
  const counter = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: counter, uniqueKeys: true, prettyErrors: false });
  // Warnings are unresolved tags, which could only come from a file meant for another program.
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    return {
      problems: broken.map((error) => ({
        at: file.path,
        message:
          error.code === 'DUPLICATE_KEY'
            ? `the key ${keyAt(file.text, error.pos[0])} appears twice in one place; keys must be unique`
            : error.message,
        line: counter.linePos(error.pos[0]).line,
      })),
    };
  if (document.contents === null) return problem('the file is empty; it must hold an object with fields');
  let data: unknown;
  try {
    data = documentData(document);
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error));
  }
  const schema = typeof schemaFor === 'function' ? schemaFor(data) : schemaFor;
  const parsed = schema.safeParse(data, { error: expectationOf });
  if (parsed.success) return { value: parsed.data };
  return {
    problems: fieldProblems(parsed.error.issues, data).map(({ path, message }) => {
      const line = lineOf(document, counter, path);
      return {
        at: path.length === 0 ? file.path : `${file.path}: ${showPath(path)}`,
        message,
        ...(line === undefined ? {} : { line }),
      };
    }),
  };
}

/** @throws ReferenceError where its aliases multiply */
export const documentData = (document: Document): unknown =>
  document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });

/** The key that begins at an offset, for a message. */
const keyAt = (text: string, offset: number): string =>
  /^[^\s:,{}]{1,60}/.exec(text.slice(offset, offset + 60))?.[0] ?? '';

/** 1-based line of a field, or of the nearest thing around it that is in the file. */
function lineOf(
  document: Document.Parsed,
  counter: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (typeof node !== 'object' || node === null || !('range' in node)) continue;
    const start = (node.range as readonly number[] | null | undefined)?.[0];
    if (start !== undefined && (length === path.length || isMap(node) || isSeq(node)))
      return counter.linePos(start).line;
  }
  return undefined;
}

const showPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );

/** `file: field (line 3): what is wrong`. */
export const showProblem = ({ at, message, line }: ErrorProblem): string =>
  `${at}${line === undefined ? '' : ` (line ${line})`}: ${message}`;
