import { describe, expect, it } from 'vitest';
import { MOST_RECENT } from '../../../src-main/contract/window/drafts.ts';
import { recentEdits } from '../../../src-renderer/draft/recent-edits.ts';

describe('recentEdits', () => {
  it('lists what was done and what was undone in order, each with its way from here', () => {
    expect(recentEdits({ recent: ['b', 'a'], upcoming: ['c', 'd'] }, [])).toEqual([
      { label: null, by: -2 },
      { label: 'a', by: -1 },
      { label: 'b', by: 0 },
      { label: 'c', by: 1 },
      { label: 'd', by: 2 },
    ]);
    expect(recentEdits({ recent: [], upcoming: [] }, [])).toEqual([{ label: null, by: 0 }]);
  });

  it('counts edits on their way to the service, which leave nothing to redo', () => {
    expect(recentEdits({ recent: ['a'], upcoming: ['lost'] }, ['b'])).toEqual([
      { label: null, by: -2 },
      { label: 'a', by: -1 },
      { label: 'b', by: 0 },
    ]);
  });

  it('does not call the oldest of a full list the beginning', () => {
    const recent = Array.from({ length: MOST_RECENT }, (_, index) => String(index));
    const listed = recentEdits({ recent, upcoming: [] }, ['newest']);
    expect(listed).toHaveLength(MOST_RECENT);
    expect(listed[0]).toEqual({ label: '18', by: 1 - MOST_RECENT });
    expect(listed.at(-1)).toEqual({ label: 'newest', by: 0 });
  });
});
