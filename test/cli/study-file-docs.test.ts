import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FieldSchema, schemaText, studyFileMarkdown } from '../../docs/make-study-file.ts';
import { parseStudy } from '../../src-main/contract/study-text.ts';
import { composeStudyService } from '../../src-main/service/compose.ts';
import { resourcePath } from '../../src-main/service/resource-files.ts';
import { readStudyFile, studyJsonSchema } from '../../src-main/service/study-file.ts';

const docs = resolve(import.meta.dirname, '../../docs');
const read = (name: string): string => readFileSync(join(docs, name), 'utf8');

describe('docs/study-file.md', () => {
  it('is what the schema generates (npm run docs:study-file)', () => {
    expect(read('study-file.md')).toBe(studyFileMarkdown(studyJsonSchema() as FieldSchema));
  });

  it('has an example that is a study', () => {
    const example = /```yaml\n(name: first[\s\S]*?)```/.exec(read('study-file.md'))?.[1];
    expect(parseStudy({ path: 'example', text: example! })).toMatchObject({ name: 'first', horizon: 1000 });
  });

  it('explains every field', () => {
    const rows = read('study-file.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(60);
    for (const row of rows) expect(row, row).toMatch(/\| [^|]*[A-Za-z]{3}[^|]*\|$/);
  });
});

describe('docs/study.schema.json', () => {
  it('is what the schema generates (npm run docs:study-file)', () => {
    expect(read('study.schema.json')).toBe(schemaText());
  });
});

describe('resources/studies', () => {
  it('holds a demo that can be planned as it is', () => {
    const start = composeStudyService('/nowhere').estimate(
      readStudyFile(resourcePath('studies', 'demo.yaml')),
    );
    expect(start).toMatchObject({ name: 'demo', duplicates: [], estimate: { runs: 14 } });
  });
});
