/** Width and heads of a study's models, as the Designer changes them. Pure. */
import { modelShapeSchema } from '../../src-main/contract/architecture.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';

export type ShapeField = 'width' | 'heads';

export type ShapeAnswer =
  | { readonly isValid: true; readonly value: number }
  | { readonly isValid: false; readonly sentence: string };

/**
 * A typed width or number of heads.
 *
 * @returns the number where the model is valid with it, else what is wrong, naming field, value and what is allowed
 */
export function readShapeField(model: AnyStudySpec['model'], field: ShapeField, text: string): ShapeAnswer {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const { error } = modelShapeSchema.safeParse({ ...model, [field]: value });
  if (!error) return { isValid: true, value };
  const [issue] = error.issues;
  const most = field === 'width' ? 8192 : 128;
  const isOfField = issue?.path[0] === field && issue.code !== 'custom';
  const sentence = isOfField
    ? `${field}: ${text.trim() === '' ? 'nothing' : text.trim()} is not allowed; a whole number from 1 to ${most} is.`
    : `${field}: ${issue?.message ?? text}.`;
  return { isValid: false, sentence };
}

/** Width nearest to one that the heads divide. */
export const nearestWidth = (width: number, heads: number): number =>
  Math.max(heads, Math.round(width / heads) * heads);
