/** A study file that learns from a text of a person: an example with another corpus and another name. Pure. */
import { isMap, isScalar, parseDocument } from 'yaml';

/** The example that a study of a text begins as. */
export const EXAMPLE_OF_TEXTS = 'demo';
const MOST_NAME = 80;

/**
 * @param example study file whose sizes, pool and rule are kept
 * @param corpus name of the text's file, and where the service keeps it
 */
export function corpusStudyText(
  example: string,
  corpus: { readonly name: string; readonly path: string },
): string {
  const document = parseDocument(example);
  // What the example says about itself is not true of this study.
  document.commentBefore = null;
  document.delete('description');
  if (isMap(document.contents)) {
    const [first] = document.contents.items;
    document.contents.commentBefore = null;
    if (isScalar(first?.key)) first.key.commentBefore = null;
  }
  document.set('name', corpus.name.replace(/\.[a-z]+$/i, '').slice(0, MOST_NAME) || 'text');
  document.setIn(['data', 'corpus'], document.createNode({ path: corpus.path }));
  return document.toString({ lineWidth: 0 });
}
