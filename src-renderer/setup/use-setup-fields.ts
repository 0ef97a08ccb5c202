/** What Setup shows for the study as it is: fields by part, their values and problems, and how they are written. */
import { computed, ref, shallowRef, watchEffect } from 'vue';
import { parseDocument } from 'yaml';
import type { StudyDocument } from '../draft/study-document.ts';
import { SETUP_WORDS as words } from '../words/setup.ts';
import { linesOf, problemOf, typedValue, valueAt, writeBranch, writeField } from './field-values.ts';
import {
  type Branch,
  FILE_CORPUS,
  RULES,
  SETUP_FIELDS,
  type SetupField,
  SYNTHETIC_CORPORA,
  TOKENIZERS,
} from './setup-fields.ts';

export const SECTIONS = ['study', 'data', 'target', 'pool', 'recipe', 'rule', 'budget'] as const;
export type Section = (typeof SECTIONS)[number];

/** Fields of the file that belong to a part, by the beginning of their path. */
const PLACES: Readonly<Record<Section, readonly string[]>> = {
  study: ['name', 'description', 'mode', 'seed'],
  data: ['data', 'model', 'source'],
  target: ['target', 'horizon', 'stages', 'budget', 'policies'],
  pool: ['pool'],
  recipe: ['recipe'],
  rule: ['decision', 'repeats', 'cooldownLags'],
  budget: ['evaluation', 'compute', 'keepCheckpoints', 'divergenceLoss'],
};

export function useSetupFields(document: StudyDocument) {
  const yaml = computed(() => parseDocument(document.text.value));
  const isStacking = computed(() => valueAt(yaml.value, ['mode']) === 'stacking');
  const rule = computed(() => String(valueAt(yaml.value, ['decision', 'rule']) ?? 'cooldown'));
  const branch = (branches: readonly Branch[], name: string): readonly SetupField[] =>
    branches.find((each) => each.name === name)?.fields ?? [];
  const corpusFields = (corpus: string, isFile: boolean): readonly SetupField[] =>
    isFile ? FILE_CORPUS : branch(SYNTHETIC_CORPORA, corpus);
  const tokenizerFields = (name: string): readonly SetupField[] => branch(TOKENIZERS, name);
  const ruleFields = computed(() => branch(RULES, rule.value));

  const everyPath = [
    ...Object.values(SETUP_FIELDS).flat(),
    ...[...RULES, ...TOKENIZERS, ...SYNTHETIC_CORPORA].flatMap(({ fields }) => fields),
    ...FILE_CORPUS,
  ].map(({ path }) => path);
  const lines = computed(() => linesOf(document.text.value, everyPath));
  /** Path of the field that is being edited on either side, joined by dots. */
  const marked = ref<string | null>(null);
  const markedLine = computed(() => (marked.value === null ? null : (lines.value.get(marked.value) ?? null)));

  /** The last study that could be read: what is drawn stays while the text is wrong for a moment. */
  const lastSpec = shallowRef(document.spec.value);
  watchEffect(() => {
    if (document.spec.value) lastSpec.value = document.spec.value;
  });

  function bind(field: SetupField) {
    return {
      field,
      value: valueAt(yaml.value, field.path),
      problem: problemOf(document.problems.value, field.path),
      isReadOnly: document.isReadOnly,
      isMarked: marked.value === field.path.join('.'),
      onChange: (value: unknown) => write(field, value),
      onFocus: () => {
        marked.value = field.path.join('.');
      },
    };
  }
  function write(field: SetupField, value: unknown): void {
    document.edit(words.editOf(field.label), (target) => writeField(target, field.path, value));
  }
  function chooseRule(name: string): void {
    const chosen = RULES.find((each) => each.name === name);
    const lag = lastSpec.value && 'lag' in lastSpec.value.decision ? lastSpec.value.decision.lag : 200;
    const quarter = Math.max(1, Math.round(lag / 4));
    if (chosen)
      document.edit(words.editOf(words.rule), (target) =>
        writeBranch(target, ['decision'], 'rule', chosen, {
          ...(chosen.fields.some(({ path }) => path.at(-1) === 'lag') ? { lag } : { maxLag: lag }),
          ...(['confidenceRace', 'automaticLag'].includes(name) ? { every: quarter } : {}),
          ...(name === 'windowMean' ? { window: quarter } : {}),
          ...(name === 'successiveHalving' ? { firstRung: quarter } : {}),
        }),
      );
  }
  function markLine(line: number): void {
    for (const [path, at] of lines.value) if (at === line) marked.value = path;
  }
  const problemsIn = (section: Section): number =>
    document.problems.value.filter(({ at }) => {
      const [first = ''] = at.replace(/^[^:]*: /, '').split(/[.[]/);
      return PLACES[section].includes(first);
    }).length;

  return {
    yaml,
    isStacking,
    rule,
    ruleFields,
    corpusFields,
    tokenizerFields,
    markedLine,
    lastSpec,
    bind,
    write,
    chooseRule,
    markLine,
    problemsIn,
    typedValue,
  };
}
