/** Study files: reading one from disk, and its JSON Schema. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { stackingSpecSchema } from '../contract/stacking.ts';
import type { StudySpec } from '../contract/study.ts';
import { studySpecSchema } from '../contract/study.ts';
import { type AnyStudySpec, parseStudy } from '../contract/study-text.ts';

/** A study file is a page or two; larger ones are something else. */
const MAX_BYTES = 200_000;

/** @throws EspalierError `bad-input` naming file, line, field, value and what is allowed */
export function readStudyFile(path: string): AnyStudySpec {
  return parseStudy({ path, text: readStudyFileText(path) });
}

/** A study file with one growing point. @throws EspalierError `bad-input` for a stacking study */
export function readGrowthStudyFile(path: string): StudySpec {
  const spec = readStudyFile(path);
  if (spec.mode !== 'stacking') return spec;
  throw new EspalierError(
    'bad-input',
    `${path}: mode: stacking has several targets; mode must be select or audit here`,
    {
      hint: 'Give a study file with one growing point.',
      problems: [{ at: `${path}: mode`, message: 'must be select or audit' }],
    },
  );
}

/** The JSON Schema of study files (draft 2020-12), for editors. */
export function studyJsonSchema(): Record<string, unknown> {
  const schemaFor = (schema: z.ZodType): Record<string, unknown> => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
    return rest;
  };
  return {
    title: 'Espalier study',
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    anyOf: [schemaFor(studySpecSchema), schemaFor(stackingSpecSchema)],
  };
}

/** The text of a file that a person named. @throws EspalierError `bad-input` where it is no text of that size */
export function readStudyFileText(path: string): string {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new EspalierError('bad-input', `${path}: ${reason}`, {
      hint: 'Give the path of a YAML study file.',
      cause,
    });
  };
  if (path === '') return refuse('the path of the study file is empty');
  let file: number;
  try {
    // Asked before opening: opening a named pipe would wait for a writer.
    if (!statSync(path).isFile()) return refuse('is not a file');
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    return refuse(`cannot be opened (${messageOf(error)})`, error);
  }
  try {
    const info = fstatSync(file);
    if (!info.isFile()) return refuse('is not a file');
    if (info.size > MAX_BYTES) return refuse(`has ${info.size} bytes; a study file has at most ${MAX_BYTES}`);
    const bytes = Buffer.alloc(info.size);
    const length = readSync(file, bytes, 0, info.size, 0);
    if (bytes.subarray(0, length).includes(0)) return refuse('is a binary file; a study file is YAML text');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    return refuse(`is not UTF-8 text (${messageOf(error)})`, error);
  } finally {
    closeSync(file);
  }
}
