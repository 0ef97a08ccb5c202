/** The same audit with a smaller pool: what would have been decided among fewer strategies. */
import { EspalierError } from '../../contract/errors.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';

/**
 * Keeps the curves of the named strategies, in the order of the audit.
 * @throws EspalierError `bad-input` for an empty list, a name the audit does not hold, and a pool of controls only
 */
export function restrict(audit: RecordedAudit, strategies: readonly string[]): RecordedAudit {
  const known = [...new Set(audit.curves.map(({ strategy }) => strategy))];
  const unknown = strategies.filter((strategy) => !known.includes(strategy));
  if (unknown.length > 0)
    throw new EspalierError(
      'bad-input',
      `the audit ${audit.id} has no strategy ${unknown.join(', ')}; it has ${known.join(', ')}`,
    );
  const curves = audit.curves.filter(({ strategy }) => strategies.includes(strategy));
  if (!curves.some(({ isControl }) => !isControl))
    throw new EspalierError('bad-input', 'the pool has no strategy to choose from besides controls', {
      hint: 'Name at least one strategy that is not a control.',
    });
  return { ...audit, curves };
}
