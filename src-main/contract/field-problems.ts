/**
 * What a schema found wrong, in words: field, value received, what is allowed. The schemas' own sentences are kept;
 * zod's stock sentences, which leave the value out, are replaced.
 */
import type { z } from 'zod';

export interface FieldProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text (a string)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object with fields',
  array: 'a list',
};

/** Error map for `safeParse`: what the value must be. Undefined leaves zod's own sentence. */
export function expectationOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `must ${sizeWord(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `must ${sizeWord(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return undefined;
  }
}

const sizeWord = (origin: string): string => (origin === 'string' || origin === 'array' ? 'have' : 'be');
const unitOf = (origin: string): string =>
  origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';

/**
 * The problems of a failed parse of `data` that used `expectationOf`. Rules between fields are left out while a
 * field is wrong by itself: they would only repeat it.
 */
export function fieldProblems(issues: readonly z.core.$ZodIssue[], data: unknown): FieldProblem[] {
  const own = issues.filter((issue) => issue.code !== 'custom');
  const problems = (own.length > 0 ? own : issues).flatMap((issue) => problemsOf(issue, data, []));
  // A number beyond every integer is also beyond its own limit, which zod reports last.
  return problems.filter(
    (problem, index) =>
      !problems.slice(index + 1).some((later) => samePath(later.path, problem.path) && isSize(later.message)),
  );
}

const samePath = (a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index]);
const isSize = (message: string): boolean => /must be (at most|at least) /.test(message);

function problemsOf(issue: z.core.$ZodIssue, data: unknown, above: readonly PropertyKey[]): FieldProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a field of this kind' }));
  if (issue.code === 'invalid_union') return unionProblems(issue, data, path);
  if (issue.code === 'custom') return [{ path, message: issue.message }];
  return [{ path, message: sentence(valueAt(data, path), issue.message) }];
}

function unionProblems(
  issue: z.core.$ZodIssueInvalidUnion,
  data: unknown,
  path: readonly PropertyKey[],
): FieldProblem[] {
  const value = valueAt(data, path);
  if (issue.errors.length === 0) {
    const allowed = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
    return [{ path, message: sentence(value, `must be one of ${allowed.join(', ')}`) }];
  }
  // The branch that the input was meant for: it has every field the branch demands, and its problems lie inside.
  const isAbsent = (error: z.core.$ZodIssue): boolean =>
    error.code !== 'unrecognized_keys' && error.path.length === 1 && valueAt(value, error.path) === undefined;
  const liesInside = (error: z.core.$ZodIssue): boolean =>
    error.code === 'unrecognized_keys' || error.path.length > 0;
  const meant =
    issue.errors.find((errors) => errors.every((error) => liesInside(error) && !isAbsent(error))) ??
    onlyForFields(value, issue.errors);
  if (meant) return meant.flatMap((error) => problemsOf(error, data, path));
  const ownSentence = issue.message !== 'Invalid input' ? issue.message : null;
  const expectations = issue.errors.flatMap((errors) => errors.map((error) => error.message));
  return [
    {
      path,
      message: sentence(
        value,
        ownSentence ?? [...new Set(expectations)].join(', or ').replaceAll(', or must be ', ', or '),
      ),
    },
  ];
}

/** The only branch that takes fields at all, for a value that has some: what is missing there is what is said. */
function onlyForFields(
  value: unknown,
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const taking = branches.filter(
    (errors) => !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  return taking.length === 1 ? taking[0] : undefined;
}

const sentence = (value: unknown, expectation: string): string =>
  `${value === undefined ? 'is missing' : `is ${showValue(value)}`}; it ${expectation}`;

const SHOWN_CHARACTERS = 60;

/** A value as a message shows it: short, on one line. */
export function showValue(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    data,
  );
}
