/** The study that resolves a tie: the same source, data and recipe, and only the candidates that were tied. */
import { parseDocument } from 'yaml';
import { EspalierError } from '../../contract/errors.ts';
import type { StudySpec } from '../../contract/study.ts';
import type { History } from '../../history/history.ts';
import type { StoredFacts } from '../../lag/study-facts.ts';

export interface TieRequest {
  readonly studyId: string;
  readonly strategies: readonly string[];
  readonly rule: 'lossAtLag' | 'cooldown';
  readonly lag: number;
}

/**
 * Its study file as text, with the comments of the original; a lag beyond the horizon ends there.
 * @throws EspalierError `bad-input` for an unknown study or strategy, `refused` for a stacking study
 */
export function tieStudy(history: History, { studyId, strategies, rule, lag }: TieRequest) {
  const study = history.getStudy(studyId);
  if (study.mode === 'stacking')
    throw new EspalierError(
      'refused',
      'A tie at a growing point of a stacking study cannot be looked at alone',
      {
        hint: 'Duplicate the study and give its decision rule a longer lag.',
      },
    );
  const { horizon, decision } = JSON.parse(study.specJson) as StudySpec;
  const candidates = history.listCandidates(study.id).filter(({ repeat }) => repeat === 0);
  const pool = strategies.map((strategy) => {
    const found = candidates.find((candidate) => candidate.strategy === strategy);
    if (found) return JSON.parse(found.strategyJson) as unknown;
    throw new EspalierError('bad-input', `Study ${study.name} has no strategy ${strategy}`, {
      problems: [{ at: 'strategies', message: `${strategy} is not in the pool` }],
    });
  });
  const { confidence, resamples } = decision;
  const name = `${study.name}, tie of ${strategies.length}`;
  const document = parseDocument((JSON.parse(study.factsJson) as StoredFacts).studyYaml);
  document.set('name', name);
  document.set('mode', 'select');
  document.set('pool', document.createNode({ name: 'tied', strategies: pool }));
  document.set('decision', document.createNode({ rule, lag: Math.min(lag, horizon), confidence, resamples }));
  document.delete('cooldownLags');
  return { name, text: document.toString() };
}
