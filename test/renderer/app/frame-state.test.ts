import { beforeAll, describe, expect, it, vi } from 'vitest';

beforeAll(() => {
  vi.stubGlobal('location', { hash: '' });
  vi.stubGlobal('addEventListener', () => {});
});

describe('parseRoute and hashOf', () => {
  it('lead back to the same place', async () => {
    const { hashOf, parseRoute, STUDY_VIEWS } = await import('../../../src-renderer/app/route.ts');
    for (const place of ['home', 'new', 'queue', 'settings'] as const)
      expect(parseRoute(hashOf({ place }))).toEqual({ place });
    for (const view of STUDY_VIEWS) {
      const to = { place: 'study', id: 'a b/c%', view } as const;
      expect(parseRoute(hashOf(to))).toEqual(to);
    }
    expect(parseRoute('#/study/x')).toEqual({ place: 'study', id: 'x', view: 'dynamics' });
    expect(parseRoute('#/draft/x')).toEqual({ place: 'draft', id: 'x', view: 'designer' });
    expect(parseRoute('#/study/x/nowhere')).toEqual({ place: 'unknown' });
    expect(parseRoute('#/study/%E0%A4/setup')).toEqual({ place: 'study', id: '%E0%A4', view: 'setup' });
  });
});

describe('tabs', () => {
  it('open once, keep the last view, and lead to a neighbour when closed', async () => {
    const { closedTab, namedTab, openedTab, readTabs } = await import(
      '../../../src-renderer/app/tab-list.ts'
    );
    const a = { place: 'study', id: 'a', view: 'dynamics' } as const;
    const b = { place: 'draft', id: 'b', view: 'designer' } as const;
    let tabs = openedTab(openedTab([], a), b);
    tabs = namedTab(openedTab(tabs, { ...a, view: 'report' }), a, 'First');
    expect(tabs).toEqual([
      { ...a, view: 'report', name: 'First' },
      { ...b, name: null },
    ]);
    expect(readTabs(JSON.stringify(tabs))).toEqual(tabs);
    expect(closedTab(tabs, b).next?.id).toBe('a');
    expect(closedTab([tabs[0] as never], a).next).toBeNull();
    expect(readTabs('[{"place":"study"},3')).toEqual([]);
    expect(readTabs('[{"place":"study","id":1,"view":"report"}]')).toEqual([]);
  });
});

describe('searchCommands', () => {
  it('finds every word, puts beginnings of words first, recent ones before others, unavailable ones last', async () => {
    const { searchCommands } = await import('../../../src-renderer/app/command-search.ts');
    const commands = [
      { id: '1', text: 'Show Dynamics' },
      { id: '2', text: 'Show Designer' },
      { id: '3', text: 'Pause', unavailable: 'nothing is running' },
      { id: '4', text: 'Redesign' },
    ];
    const ids = (typed: string, recent: string[] = []): string[] =>
      searchCommands(commands, typed, recent).map(({ id }) => id);
    expect(ids('show de')).toEqual(['2']);
    expect(ids('design')).toEqual(['2', '4']);
    expect(ids('', ['4'])).toEqual(['4', '1', '2', '3']);
    expect(ids('nothing')).toEqual([]);
  });

  it('mark what was typed, and nothing else', async () => {
    const { markedPieces } = await import('../../../src-renderer/app/command-search.ts');
    const marked = (text: string, typed: string): string =>
      markedPieces(text, typed)
        .map((piece) => (piece.isMatch ? `[${piece.text}]` : piece.text))
        .join('');
    expect(marked('Show Dynamics', 'dyn sh')).toBe('[Sh]ow [Dyn]amics');
    expect(marked('Show Dynamics', '')).toBe('Show Dynamics');
    expect(marked('idCopyTop', 'COPYTOP opy')).toBe('id[CopyTop]');
    expect(marked('İstanbul', 'i')).toBe('İstanbul');
  });
});
