/**
 * Writes docs/study.schema.json and docs/study-file.md from the schema of study files; a test fails when they
 * differ from it.
 *
 *     npm run docs:study-file
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { studyJsonSchema } from '../src-main/service/study-file.ts';

/** The part of JSON Schema that the generator of zod writes for study files. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly oneOf?: readonly FieldSchema[];
}

const INTRODUCTION = `# The study file

A study is one YAML file: what the source learns, how it grows, which strategies compete and how one is chosen. \`espalier study run FILE\` runs it; \`espalier study run FILE --estimate\` says what it will cost. Everything that is left out takes the default below, so the shortest study is:

\`\`\`yaml
name: first
model: { width: 64, heads: 4, context: 64 }
source: { layers: 4 }
target: { layers: 8 }
\`\`\`

Unknown fields, duplicate keys and values out of range are refused with the line they stand in. Paths are relative to the file. Losses are in nats per token, steps are counted from the growing point. Editors that know JSON Schema can check a file against [study.schema.json](study.schema.json), for example with this as its first line:

\`\`\`yaml
# yaml-language-server: $schema=study.schema.json
\`\`\`

This page is generated from the schema (\`npm run docs:study-file\`).
`;

const STACKING = `# Stacking studies

A file with \`mode: stacking\` describes several growing points: stages of growing depth, and policies that choose how to grow at each of them. All policies spend the same training FLOPs; probes are paid out of them unless \`search: free\` says otherwise. The shortest is:

\`\`\`yaml
name: first stacking
mode: stacking
model: { width: 64, heads: 4, context: 64 }
stages: [{ layers: 2, steps: 400 }, { layers: 4, steps: 400 }, { layers: 8, steps: 800 }]
\`\`\`
`;

const PLANS = `# Layer plans in shorthand

The field \`layers\` of a hand-made plan has one word for each target layer, from the input to the output. Source layers are counted from 0.

| Word | Layer | At the start |
| --- | --- | --- |
| \`3\` | copy of source layer 3 | computes what layer 3 computes |
| \`3*\` | copy with zero out-projections | adds nothing: the identity |
| \`3~0.5\`, \`3~1/3\`, \`3~0.5:1\` | copy with scaled out-projections; with a colon, attention and MLP apart | adds that share |
| \`3+0.01\` | copy with noise of 1 % on its weight matrices | nearly layer 3 |
| \`1+2\` | average: every parameter is the mean of those of layers 1 and 2 | something between both |
| \`r\`, \`i\`, \`z\` | random; random with zero out-projections; zeros | random; identity; identity |

\`r×4\` or \`rx4\` repeats a word. Words of copies and averages take \`*\`, a scale and noise alike: \`1+2*\` is an average that adds nothing at the start, \`1+2~0.5\` one that adds half, \`1+2+0.01\` one with noise, relative to the mean. The order of the two layers does not matter, and \`2+2\` is the copy \`2\`. A whole number after the first \`+\` is a layer, so a noise of 1 is written \`3+1.0\`. Also read: \`3z\` for \`3*\`, \`3*0.5\` for \`3~0.5\`, \`R\`, \`Rz\` and \`Z\` for \`r\`, \`i\` and \`z\`.

An average does not keep the function of the source, except as \`1+2*\`. It is a new layer: neither of its two layers goes on in it, \`trainable: newLayers\` trains it, and with \`moments: copy\` its Adam moments are the means of theirs. \`operator: neighbourAverage\` makes such plans: from 4 to 7 layers \`0 0+1 1 1+2 2 2+3 3\`, from 4 to 6 \`0 1 1+2 2 2+3 3\`; from 4 to 8 every gap is filled and the last layer, which has no upper neighbour, is repeated: \`0 0+1 1 1+2 2 2+3 3 3\`.
`;

export const schemaText = (): string => `${JSON.stringify(studyJsonSchema(), null, 2)}\n`;

/** The reference of every field as Markdown. */
export function studyFileMarkdown(schema: FieldSchema): string {
  const sections: string[] = [];
  const written = new Map<string, string>();
  const [study, stacking] = schema.anyOf ?? [];
  writeSection('', study!, sections, written);
  sections.push(STACKING);
  writeSection('', stacking!, sections, written);
  return `${INTRODUCTION}\n${sections.join('\n\n')}\n\n${PLANS}`;
}

/** One section for an object or for kinds of objects, followed by those of its fields. */
function writeSection(
  path: string,
  schema: FieldSchema,
  sections: string[],
  written: Map<string, string>,
): void {
  const kinds = objectsOf(schema);
  if (kinds.length === 0) return;
  const isStacking = written.size > 0;
  const title = path === '' ? `## Fields of a ${isStacking ? 'stacking ' : ''}study` : `## \`${path}\``;
  const key = JSON.stringify(kinds.map(({ properties }) => properties));
  const earlier = written.get(key);
  const intro = [schema.description, defaultSentence(schema)].filter(Boolean).join(' ');
  if (earlier !== undefined) {
    sections.push([title, intro, `The same fields as [\`${earlier}\`](#${anchorOf(earlier)}).`].join('\n\n'));
    return;
  }
  written.set(key, path);
  sections.push([title, ...(intro ? [intro] : []), fieldTable(kinds)].join('\n\n'));
  const visited = new Set<string>();
  for (const kind of kinds)
    for (const [name, field] of Object.entries(kind.properties ?? {})) {
      const inner = field.items ?? field;
      const innerPath = `${path === '' ? '' : `${path}.`}${name}${field.items ? '[]' : ''}`;
      const mark = `${innerPath} ${JSON.stringify(inner)}`;
      if (visited.has(mark)) continue;
      visited.add(mark);
      writeSection(innerPath, inner, sections, written);
    }
}

/** Every kind of object a value may be. */
function objectsOf(schema: FieldSchema): FieldSchema[] {
  if (schema.properties) return [schema];
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap(objectsOf);
}

/** A row for each field; where there are several kinds of object, a column says which of them have it. */
function fieldTable(kinds: readonly FieldSchema[]): string {
  const rows = new Map<string, { name: string; field: FieldSchema; required: boolean; kinds: string[] }>();
  for (const kind of kinds)
    for (const [name, field] of Object.entries(kind.properties ?? {})) {
      const isKind = field.const !== undefined && kinds.length > 1;
      const key = isKind ? `${name} kind` : `${name} ${JSON.stringify(field)}`;
      const row = rows.get(key) ?? {
        name,
        field,
        required: kind.required?.includes(name) ?? false,
        kinds: [],
      };
      row.kinds.push(kindName(kind));
      rows.set(key, row);
    }
  const several = kinds.length > 1;
  const lines = [...rows.values()].map(({ name, field, required, kinds: owners }) => {
    const isKind = several && field.const !== undefined;
    const value = isKind ? owners.map(code).join(', ') : valueWords(field);
    const default_ = field.default !== undefined ? defaultWords(field.default) : required ? 'required' : '';
    const cells = [
      code(name),
      ...(several ? [owners.length === kinds.length ? 'all' : owners.join(', ')] : []),
      value,
      default_,
      isKind ? kindsSentence(kinds, name) : (field.description ?? ''),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const header = ['Field', ...(several ? ['Of'] : []), 'Value', 'Default', 'Meaning'];
  return [`| ${header.join(' | ')} |`, `| ${header.map(() => '---').join(' | ')} |`, ...lines].join('\n');
}

/** Name of a kind: its constant field, or its first. */
function kindName(kind: FieldSchema): string {
  const fields = Object.entries(kind.properties ?? {});
  const constant = fields.find(([, field]) => field.const !== undefined);
  return constant ? String(constant[1].const) : (fields[0]?.[0] ?? '');
}

/** What each kind is, where the schema says so. */
function kindsSentence(kinds: readonly FieldSchema[], name: string): string {
  const words = kinds.map((kind) => kind.properties?.[name]?.description ?? kind.description ?? '');
  if (new Set(words).size === 1) {
    const own = kinds.map((kind) => (kind.description ? `${kindName(kind)}: ${kind.description}` : ''));
    return [words[0], ...own].filter(Boolean).join(' ');
  }
  return kinds
    .flatMap((kind, index) => (kind.properties?.[name] ? [`${kindName(kind)}: ${words[index]}`] : []))
    .join(' ');
}

function valueWords(schema: FieldSchema): string {
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return [...new Set(branches.map(valueWords))].join(', or ');
  switch (schema.type) {
    case 'integer':
      return `whole number, ${minimum} to ${maximum === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : maximum}`;
    case 'number':
      if (exclusiveMinimum !== undefined)
        return `number, more than ${exclusiveMinimum}${maximum === undefined ? '' : `, up to ${maximum}`}`;
      return `number, ${minimum} to ${maximum}`;
    case 'string':
      return schema.maxLength === undefined ? 'text' : `text, up to ${schema.maxLength} characters`;
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return `list of ${schema.minItems ?? 0} to ${schema.maxItems}: ${schema.items ? valueWords(schema.items) : ''}`;
    default:
      return 'fields, see below';
  }
}

const defaultSentence = (schema: FieldSchema): string =>
  schema.default === undefined ? '' : `Default: ${defaultWords(schema.default)}.`;
const defaultWords = (value: unknown): string =>
  value === '' ? 'empty' : code(typeof value === 'string' ? value : JSON.stringify(value));
const code = (text: string): string => `\`${text}\``;
/** GitHub's anchor of a heading. */
const anchorOf = (path: string): string => path.toLowerCase().replace(/[^a-z0-9 _-]/g, '');

if (process.argv[1] === import.meta.filename) {
  const folder = import.meta.dirname;
  writeFileSync(join(folder, 'study.schema.json'), schemaText());
  writeFileSync(join(folder, 'study-file.md'), studyFileMarkdown(studyJsonSchema() as FieldSchema));
}
