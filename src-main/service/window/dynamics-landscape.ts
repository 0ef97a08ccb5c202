/** The loss landscape of a study for the window: what is stored, or why there is none. */
import type { DynamicsLandscape } from '../../contract/window/dynamics.ts';
import type { WindowContext } from './context.ts';

const IMPORTED = {
  sentence: 'These curves were imported; a landscape is measured of models, which are not here',
  hint: null,
};

/** @throws EspalierError `bad-input` for an unknown study */
export function landscapeOf(
  { landscapes }: Pick<WindowContext, 'landscapes'>,
  studyId: string,
): DynamicsLandscape {
  const command = `espalier landscape ${studyId}`;
  if (studyId.startsWith('import-')) return { analysis: null, refusal: IMPORTED, command };
  const refusal = landscapes.refusalOf(studyId);
  return {
    analysis: landscapes.stored(studyId),
    refusal: refusal && { sentence: refusal.message, hint: refusal.hint ?? null },
    command,
  };
}
