/**
 * A study file under edit: its text, and the YAML document that the last edit made it from, so that the next edit and
 * the check of its fields need not parse the text again. Pure.
 */
import { type Document, parseDocument } from 'yaml';
import { type AnyStudySpec, readStudyText, studyOf } from '../../src-main/contract/study-text.ts';
import type { YamlResult } from '../../src-main/contract/yaml-file.ts';

/** Lines of YAML are never folded: a plan stays on its line. */
const YAML_FORM = { lineWidth: 0, flowCollectionPadding: true } as const;

export class EditedText {
  private text: string | null = null;
  private document: Document | null = null;
  private value: AnyStudySpec | null = null;

  /** The text after a change; null where the text cannot be parsed, so that nothing in it is lost. */
  edit(text: string, change: (document: Document) => void): string | null {
    const document = this.documentOf(text) ?? parseDocument(text);
    this.text = null;
    if (document.errors.length > 0) return null;
    change(document);
    this.text = document.toString(YAML_FORM);
    this.document = document;
    this.value = studyOf(document);
    return this.text;
  }

  /** What the text says. Lines of problems are those of the text, so a text with problems is parsed. */
  read(text: string): YamlResult<AnyStudySpec> {
    if (text === this.text && this.value) return { value: this.value };
    return readStudyText({ path: 'study', text });
  }

  private documentOf(text: string): Document | null {
    return text === this.text ? this.document : null;
  }
}
