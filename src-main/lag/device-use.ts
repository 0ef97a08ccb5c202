/** Which candidates trained on which kind of device. */
import type { DeviceUse } from '../contract/analysis.ts';
import type { CandidateRecord, RunRecord } from '../contract/records.ts';

/**
 * In the order in which the kinds were first used; the source is left out. A candidate whose runs trained on several
 * kinds is named with each, by the runs. Runs of earlier versions, which kept no kind, are left out.
 */
export function deviceUse(
  runs: readonly RunRecord[],
  candidates: readonly CandidateRecord[],
): readonly DeviceUse[] {
  const names = new Map(candidates.map((candidate) => [candidate.id, nameOf(candidate)]));
  const placed = runs.flatMap((run) => {
    const { kind, computeDevice, candidateId } = run;
    if (kind === 'source' || computeDevice === null) return [];
    const name =
      (candidateId === null ? undefined : names.get(candidateId)) ?? run.id.split('/').slice(1).join(' ');
    return [{ name, kind, device: computeDevice }];
  });
  const isSplit = (name: string): boolean =>
    new Set(placed.filter((run) => run.name === name).map(({ device }) => device)).size > 1;
  return [...new Set(placed.map(({ device }) => device))].map((device) => ({
    device,
    candidates: [
      ...new Set(
        placed
          .filter((run) => run.device === device)
          .map(({ name, kind }) => (isSplit(name) ? `${name} (${kind})` : name)),
      ),
    ],
  }));
}

function nameOf({ policy, growingPoint, strategy, repeat }: CandidateRecord): string {
  const place = policy === '' ? '' : ` at growing point ${growingPoint + 1} of ${policy}`;
  return `${strategy}${repeat > 0 ? `, repeat ${repeat}` : ''}${place}`;
}
