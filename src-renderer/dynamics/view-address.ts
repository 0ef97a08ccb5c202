/** What of the view stands in the address, so that links and reloads find it again: part, lag, unit of x, selection. Pure. */
import { type DynamicsView, SHOWN_PARTS } from './view-state.ts';
import { X_QUANTITIES } from './x-scale.ts';

const MOST_SELECTED = 200;

/** Only what the address says; what cannot be read is as if it were not there. */
export function readViewAddress(
  hash: string,
): Partial<Pick<DynamicsView, 'show' | 'lag' | 'x' | 'selected'>> {
  const query = new URLSearchParams(hash.split('?')[1] ?? '');
  const k = query.get('k');
  const x = X_QUANTITIES.find((quantity) => quantity === query.get('x'));
  const show = SHOWN_PARTS.find((part) => part === query.get('show'));
  const selected = query.getAll('sel').filter((strategy) => strategy !== '');
  return {
    ...(show ? { show } : {}),
    ...(k !== null && /^\d{1,8}$/.test(k) ? { lag: Number(k) } : {}),
    ...(x ? { x } : {}),
    ...(selected.length > 0 ? { selected: [...new Set(selected)].slice(0, MOST_SELECTED) } : {}),
  };
}

/** The address with the view in it; the growing point and all else it names stay. */
export function viewAddress(hash: string, { show, lag, x, selected }: DynamicsView): string {
  const [path, text] = hash.split('?');
  const query = new URLSearchParams(text ?? '');
  for (const name of ['show', 'k', 'x', 'sel']) query.delete(name);
  if (show !== 'curves') query.set('show', show);
  if (lag !== null) query.set('k', String(lag));
  if (x !== 'steps') query.set('x', x);
  for (const strategy of selected) query.append('sel', strategy);
  const after = query.toString();
  return `${path}${after === '' ? '' : `?${after}`}`;
}
