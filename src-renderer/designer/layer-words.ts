/** What a target layer is, in a few words. */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import { operatorOf, scaleOf, sourceOf, sourcesOf, wordOf } from './layer-operators.ts';

export function layerInWords(entry: PlanEntry): string {
  const source = sourceOf(entry) ?? 0;
  switch (operatorOf(entry)) {
    case 'copy':
      return words.copyOf(source);
    case 'identity':
      return words.identityOf(source);
    case 'scaled':
      return words.scaledBy(source, scaleOf(entry));
    case 'average':
      return averageInWords(entry);
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

function averageInWords(entry: PlanEntry): string {
  const [first = 0, second = first] = sourcesOf(entry);
  const scale = scaleOf(entry);
  const aside = scale === 1 ? '' : scale === 0 ? words.averageIdentity : words.averageScaled(scale);
  const noisy = (entry.noise ?? 0) > 0 ? words.averageNoisy : '';
  return `${words.averageOf(first, second)}${aside}${noisy}`;
}

/** What fits under the index in a target cell of this width. */
export function layerCaption(entry: PlanEntry, width: number): string {
  const operator = operatorOf(entry);
  const [first = 0, second = 0] = sourcesOf(entry);
  const short =
    operator === 'freshIdentity'
      ? [words.shortFreshIdentity]
      : operator === 'average'
        ? [words.shortAverage(first, second)]
        : [];
  const forms = [layerInWords(entry), ...short];
  return forms.find((text) => text.length * 6 <= width - 6) ?? wordOf(entry);
}
