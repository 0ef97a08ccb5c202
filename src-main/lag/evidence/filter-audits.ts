/** Which audits a question is about. */
import { type EvidenceFilter, metricOfFilter } from '../../contract/evidence.ts';
import type { AuditFacts, RecordedAudit } from '../../contract/recorded-audit.ts';
import { finalCurves, finalValueOf } from '../replay/final-values.ts';
import { restrict } from '../replay/restrict-audit.ts';

export interface FilteredAudits {
  /** Cut down to the strategies of the filter. */
  readonly kept: readonly RecordedAudit[];
  readonly leftOut: readonly { readonly id: string; readonly why: string }[];
}

/** Layers after growing over layers before; null where not known, and for a source of no layers. */
export function ratioOf({ sourceLayers, targetLayers }: AuditFacts): number | null {
  return sourceLayers === null || targetLayers === null || sourceLayers === 0
    ? null
    : targetLayers / sourceLayers;
}

/** Facts as the filter and the listing call them. */
export const FACTS: readonly (readonly [
  name: 'corpus' | 'ratio' | 'sourceLayers' | 'targetLayers' | 'width' | 'activation',
  of: (facts: AuditFacts) => string | number | null,
])[] = [
  ['corpus', ({ corpus }) => corpus],
  ['ratio', ratioOf],
  ['sourceLayers', ({ sourceLayers }) => sourceLayers],
  ['targetLayers', ({ targetLayers }) => targetLayers],
  ['width', ({ width }) => width],
  ['activation', ({ activation }) => activation],
];

/** Audits that match every part of the filter and have at least two final values to compare. */
export function filterAudits(audits: readonly RecordedAudit[], filter: EvidenceFilter): FilteredAudits {
  const kept: RecordedAudit[] = [];
  const leftOut: { id: string; why: string }[] = [];
  for (const audit of audits) {
    const result = matched(audit, filter);
    if (typeof result === 'string') leftOut.push({ id: audit.id, why: result });
    else kept.push(result);
  }
  return { kept, leftOut };
}

/** The audit with the strategies of the filter, or why it does not match. */
function matched(audit: RecordedAudit, filter: EvidenceFilter): RecordedAudit | string {
  for (const [name, of] of FACTS) {
    const wanted = filter[name];
    const is = of(audit.facts);
    if (wanted === undefined || isEqual(is, wanted)) continue;
    return is === null ? `its ${name} is not known` : `its ${name} is ${is}, not ${wanted}`;
  }
  const metric = metricOfFilter(filter);
  if (!audit.metrics.some(({ name }) => name === metric)) return `it has no metric ${metric}`;
  const names = new Set(finalCurves(audit).map(({ strategy }) => strategy));
  const pool = filter.pool?.filter((name) => names.has(name));
  if (pool && pool.length < 2) return `it has ${pool.length === 0 ? 'none' : 'only one'} of the strategies`;
  const restricted = pool ? restrict(audit, pool) : audit;
  const finals = finalCurves(restricted).map((curve) => finalValueOf(curve, metric, audit.horizon));
  const count = finals.filter((value) => value !== null).length;
  return count < 2 ? `${count === 0 ? 'none' : 'only one'} of its runs has a final ${metric}` : restricted;
}

/** Names without regard to case; a ratio up to rounding. */
function isEqual(is: string | number | null, wanted: string | number): boolean {
  if (typeof is === 'number' && typeof wanted === 'number') return Math.abs(is - wanted) < 1e-9;
  return typeof is === 'string' && is.toLowerCase() === String(wanted).toLowerCase();
}
