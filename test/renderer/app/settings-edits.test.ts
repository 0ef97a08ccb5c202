import { describe, expect, it, vi } from 'vitest';
import 'vue'; // before there is a document to take hold of

const kept = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
});
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {} }));
vi.stubGlobal('document', { documentElement: { dataset: {} } });
const { editSettings, redoSettings, undoSettings } = await import(
  '../../../src-renderer/settings/settings-edits.ts'
);
const { prefer, preferences } = await import('../../../src-renderer/settings/preferences.ts');
const { chooseTheme, themeChoice } = await import('../../../src-renderer/theme/theme.ts');

describe('settings', () => {
  it('act at once, are kept, and are taken back and made again one by one', () => {
    editSettings('theme', () => chooseTheme('dark'));
    editSettings('key', () => prefer({ keys: { star: 'G' } }));
    editSettings('key', () => prefer({ keys: { star: 'G' } }));
    expect(JSON.parse(kept.get('espalier-preferences')!).keys).toEqual({ star: 'G' });
    expect(undoSettings()).toBe('key');
    expect(preferences.value.keys).toEqual({});
    expect(themeChoice.value).toBe('dark');
    expect(undoSettings()).toBe('theme');
    expect(themeChoice.value).toBe('system');
    expect(undoSettings()).toBeNull();
    expect(redoSettings()).toBe('theme');
    expect(redoSettings()).toBe('key');
    expect(redoSettings()).toBeNull();
    expect(preferences.value.keys).toEqual({ star: 'G' });
    undoSettings();
    editSettings('motion', () => prefer({ motion: 'reduced' }));
    expect(redoSettings()).toBeNull();
  });
});
