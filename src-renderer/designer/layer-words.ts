/** What a target layer is, in a few words. */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import { operatorOf, scaleOf, sourceOf, wordOf } from './layer-operators.ts';

export function layerInWords(entry: PlanEntry): string {
  const source = sourceOf(entry) ?? 0;
  switch (operatorOf(entry)) {
    case 'copy':
      return words.copyOf(source);
    case 'identity':
      return words.identityOf(source);
    case 'scaled':
      return words.scaledBy(source, scaleOf(entry));
    case 'noisy':
      return words.noisyOf(source);
    case 'random':
      return words.random;
    case 'freshIdentity':
      return words.freshIdentity;
    case 'zero':
      return words.zero;
  }
}

/** What fits under the index in a target cell of this width. */
export function layerCaption(entry: PlanEntry, width: number): string {
  const isFresh = operatorOf(entry) === 'freshIdentity';
  const forms = [layerInWords(entry), ...(isFresh ? [words.shortFreshIdentity] : [])];
  return forms.find((text) => text.length * 6 <= width - 6) ?? wordOf(entry);
}
