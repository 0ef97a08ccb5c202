/** That a study's results come from several kinds of devices, in a sentence. Not escaped. */
import type { StudyAnalysis } from '../contract/analysis.ts';
import { joinNames } from './number-format.ts';

const MOST_NAMES = 12;

/** Null where all candidates trained on one kind. */
export function mixedDevices({ deviceUse }: Pick<StudyAnalysis, 'deviceUse'>): string | null {
  if (deviceUse.length < 2) return null;
  const where = deviceUse.map(
    ({ device, candidates }) => `${joinNames(candidates, MOST_NAMES)} on ${device}`,
  );
  return `The results are mixed: the candidates trained on several devices, whose losses differ in their last digits (${where.join('; ')}). Another run of the study may place them otherwise.`;
}
