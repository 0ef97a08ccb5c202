/** What of the timeline's view stands in the address, so that links and Back find it again. Pure. */
import { AXES, type Axis } from './placement.ts';

export interface TimelineAddress {
  readonly policy: string | null;
  readonly point: number | null;
  readonly axis: Axis | null;
}

/** What cannot be read is as if it were not there. */
export function readTimelineView(hash: string): TimelineAddress {
  const query = new URLSearchParams(hash.split('?')[1] ?? '');
  const point = query.get('point');
  return {
    policy: query.get('policy'),
    point: point !== null && /^\d{1,4}$/.test(point) ? Number(point) : null,
    axis: AXES.find((axis) => axis === query.get('x')) ?? null,
  };
}

export function timelineHash(hash: string, { policy, point, axis }: TimelineAddress): string {
  const query = new URLSearchParams();
  if (policy !== null) query.set('policy', policy);
  if (point !== null) query.set('point', String(point));
  if (axis !== null && axis !== 'flops') query.set('x', axis);
  const text = query.toString();
  return `${hash.split('?')[0]}${text === '' ? '' : `?${text}`}`;
}
