/** What is shown and selected in the designer, apart from the study file. It outlives a switch of views. */
import { reactive } from 'vue';
import type { StudyDocument } from '../draft/study-document.ts';
import type { PoolPlace } from './pool-document.ts';

export type EditorForm = 'lattice' | 'list' | 'yaml';

/** Row of the lattice: a source layer, or -1 for the target cells. */
export interface LatticeFocus {
  readonly row: number;
  readonly column: number;
}

export interface DesignerState {
  pointIndex: number;
  place: PoolPlace;
  selection: readonly number[];
  focus: LatticeFocus;
  form: EditorForm;
  comparedWith: PoolPlace | null;
}

const states = new WeakMap<StudyDocument, DesignerState>();

export function designerState(document: StudyDocument): DesignerState {
  const known = states.get(document);
  if (known) return known;
  const state = reactive<DesignerState>({
    pointIndex: 0,
    place: { list: 'strategies', index: 0 },
    selection: [],
    focus: { row: -1, column: 0 },
    form: 'lattice',
    comparedWith: null,
  });
  states.set(document, state);
  return state;
}
