/** Study files as text: parsing against the schema that the mode chooses. Nothing is read from disk here. */
import type { Document } from 'yaml';
import type { z } from 'zod';
import { EspalierError } from './errors.ts';
import { type StackingSpec, stackingSpecSchema } from './stacking.ts';
import { type StudySpec, studySpecSchema } from './study.ts';
import { documentData, readYaml, showProblem, type YamlFile, type YamlResult } from './yaml-file.ts';

/** Endings of study files, without the dot. The first is Espalier's own: YAML under a name that opens the window. */
export const STUDY_FILE_ENDINGS = ['espalier-study', 'yaml', 'yml'] as const;

/** A study with one growing point, or a stacking study. */
export type AnyStudySpec = StudySpec | StackingSpec;

/** The mode decides which fields a file may have. */
function schemaOf(data: unknown): z.ZodType<AnyStudySpec> {
  const isStacking = typeof data === 'object' && data !== null && 'mode' in data && data.mode === 'stacking';
  return isStacking ? stackingSpecSchema : studySpecSchema;
}

/** The study with defaults filled in, or every problem with field and line. */
export const readStudyText = (file: YamlFile): YamlResult<AnyStudySpec> => readYaml(file, schemaOf);

/** The study in a document without errors, with defaults filled in; null where something is wrong. */
export function studyOf(document: Document): AnyStudySpec | null {
  let data: unknown;
  try {
    data = documentData(document);
  } catch {
    // Aliases that multiply; reading the text names them.
    return null;
  }
  const parsed = schemaOf(data).safeParse(data);
  return parsed.success ? parsed.data : null;
}

/** @throws EspalierError `bad-input` naming file, line, field, value and what is allowed */
export function parseStudy(file: YamlFile): AnyStudySpec {
  const result = readStudyText(file);
  if ('value' in result) return result.value;
  throw new EspalierError('bad-input', result.problems.map(showProblem).join('\n'), {
    hint: 'docs/study-file.md lists every field; `espalier study schema` prints the JSON Schema.',
    problems: result.problems,
  });
}
