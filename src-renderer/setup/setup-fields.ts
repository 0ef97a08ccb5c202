/**
 * The fields of Setup, made from the schemas of the study file: names, sentences and bounds are the schemas' own.
 * Pure.
 */
import { z } from 'zod';
import { modelShapeSchema } from '../../src-main/contract/architecture.ts';
import { corpusSpecSchema, tokenizerSpecSchema } from '../../src-main/contract/data-spec.ts';
import { decisionRuleSchema } from '../../src-main/contract/decision.ts';
import { adamSchema, recipeSchema, scheduleSchema } from '../../src-main/contract/recipe.ts';
import { sourceSpecSchema, studySpecSchema } from '../../src-main/contract/study.ts';
import { computeSpecSchema, evaluationSpecSchema } from '../../src-main/contract/study-fields.ts';

type Path = readonly string[];

export interface SetupField {
  /** Where the value stands in the study file. */
  readonly path: Path;
  readonly label: string;
  /** The schema's sentence. */
  readonly detail: string;
  readonly kind: 'whole' | 'number' | 'text' | 'paragraph' | 'choice' | 'yesNo' | 'wholes';
  readonly choices: readonly string[];
  /** What holds where the file leaves the field out. */
  readonly otherwise: unknown;
  readonly least: number | null;
  readonly most: number | null;
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

const jsonOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** `learningRate` as `Learning rate`. */
export function labelOf(name: string): string {
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of a choice that may also be a list, the form offers the choice; the list is written in the file. */
const choicesOf = (schema: JsonSchema): readonly unknown[] | undefined =>
  schema.enum ??
  (schema.anyOf?.some(({ type }) => type === 'array')
    ? schema.anyOf.find((part) => part.enum)?.enum
    : undefined);

function kindOf(schema: JsonSchema): SetupField['kind'] | null {
  if (choicesOf(schema)) return 'choice';
  if (schema.type === 'array' && schema.items?.type === 'integer') return 'wholes';
  if (schema.type === 'integer') return 'whole';
  if (schema.type === 'number') return 'number';
  if (schema.type === 'boolean') return 'yesNo';
  return schema.type === 'string' ? 'text' : null;
}

function fieldOf(schema: JsonSchema, path: Path): SetupField | null {
  const kind = kindOf(schema);
  if (kind === null) return null;
  return {
    path,
    label: labelOf(path.at(-1) ?? ''),
    detail: schema.description ?? '',
    kind,
    choices: (choicesOf(schema) ?? []).map(String),
    otherwise: schema.default,
    least: schema.minimum ?? schema.exclusiveMinimum ?? null,
    most: schema.maximum ?? null,
  };
}

/** Every plain field of an object, in the order of its schema. */
function fieldsOf(schema: JsonSchema, above: Path, names?: readonly string[]): SetupField[] {
  const all = Object.entries(schema.properties ?? {});
  const chosen = names ? names.flatMap((name) => all.filter(([key]) => key === name)) : all;
  return chosen.flatMap(([name, part]) => fieldOf(part, [...above, name]) ?? []);
}

export interface Branch {
  readonly name: string;
  readonly detail: string;
  readonly fields: readonly SetupField[];
}

/** The alternatives of a union that a constant field tells apart. */
function branchesOf(schema: JsonSchema, key: string, above: Path): Branch[] {
  return (schema.oneOf ?? schema.anyOf ?? []).flatMap((branch) => {
    const own = branch.properties?.[key];
    if (own?.const === undefined) return branch.oneOf || branch.anyOf ? branchesOf(branch, key, above) : [];
    return [
      {
        name: String(own.const),
        detail: branch.description ?? own.description ?? '',
        fields: fieldsOf(branch, above).filter(({ path }) => path.at(-1) !== key),
      },
    ];
  });
}

const study = jsonOf(studySpecSchema);
const source = jsonOf(sourceSpecSchema);
const recipe = jsonOf(recipeSchema);

/** A longer text gets a larger field. */
const aboutStudy = fieldsOf(study, [], ['name', 'description', 'seed']).map((field) =>
  field.label === 'Description' ? { ...field, kind: 'paragraph' as const } : field,
);
const NEVER: readonly SetupField[] = [];

export const SETUP_FIELDS = {
  study: aboutStudy,
  mode: fieldsOf(study, [], ['mode']),
  model: fieldsOf(jsonOf(modelShapeSchema), ['model']),
  validationShare: fieldsOf((study.properties?.data ?? {}) as JsonSchema, ['data'], ['validationShare']),
  source: fieldsOf(source, ['source'], ['layers', 'steps']),
  target: [
    ...fieldsOf((study.properties?.target ?? {}) as JsonSchema, ['target']),
    ...fieldsOf(study, [], ['horizon']),
  ],
  recipe: [
    ...fieldsOf(recipe, ['recipe'], ['learningRate', 'warmupSteps', 'warmupFrom', 'batchSize']),
    ...fieldsOf(jsonOf(scheduleSchema), ['recipe', 'schedule']).map((field) =>
      field.path.at(-1) === 'kind' ? { ...field, label: 'Schedule' } : field,
    ),
    ...fieldsOf(recipe, ['recipe'], ['clipNorm', 'trainable', 'frozenSteps']),
  ],
  adam: fieldsOf(jsonOf(adamSchema), ['recipe', 'adam']),
  certainty: fieldsOf(study, [], ['repeats', 'cooldownLags']),
  evaluation: fieldsOf(jsonOf(evaluationSpecSchema), ['evaluation']),
  compute: [
    ...fieldsOf(jsonOf(computeSpecSchema), ['compute']),
    ...fieldsOf(study, [], ['keepCheckpoints', 'divergenceLoss']),
  ],
  none: NEVER,
} as const;

export const RULES: readonly Branch[] = branchesOf(jsonOf(decisionRuleSchema), 'rule', ['decision']);
export const TOKENIZERS: readonly Branch[] = branchesOf(jsonOf(tokenizerSpecSchema), 'kind', [
  'data',
  'tokenizer',
]);

const corpus = jsonOf(corpusSpecSchema);
/** Names of corpora that come with the program. */
export const BUILT_IN_CORPORA: readonly string[] = (corpus.anyOf ?? corpus.oneOf ?? []).flatMap((part) =>
  (part.enum ?? []).map(String),
);
export const SYNTHETIC_CORPORA: readonly Branch[] = branchesOf(corpus, 'synthetic', ['data', 'corpus']);
export const FILE_CORPUS: readonly SetupField[] = (corpus.anyOf ?? corpus.oneOf ?? [])
  .filter((part) => part.properties?.path)
  .flatMap((part) => fieldsOf(part, ['data', 'corpus']));
