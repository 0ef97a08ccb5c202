/** Changes of settings: each acts at once and can be taken back for as long as the window is open. */
import { computed, readonly, shallowRef } from 'vue';
import { chooseTheme, type ThemeChoice, themeChoice } from '../theme/theme.ts';
import { type Preferences, prefer, preferences } from './preferences.ts';

interface Settings {
  readonly theme: ThemeChoice;
  readonly preferences: Readonly<Preferences>;
}
interface SettingsEdit {
  /** `theme`: stands behind "Undo". */
  readonly label: string;
  readonly before: Settings;
  readonly after: Settings;
}

const DEPTH = 200;
const done = shallowRef<readonly SettingsEdit[]>([]);
const undone = shallowRef<readonly SettingsEdit[]>([]);

const current = (): Settings => ({
  theme: themeChoice.value,
  preferences: JSON.parse(JSON.stringify(preferences.value)) as Preferences,
});
function restore(to: Settings): void {
  if (to.theme !== themeChoice.value) chooseTheme(to.theme);
  prefer(to.preferences);
}

/** Carries out a change and keeps how it was before; a change that changes nothing is no step. */
export function editSettings(label: string, change: () => void): void {
  const before = current();
  change();
  const after = current();
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  done.value = [...done.value, { label, before, after }].slice(-DEPTH);
  undone.value = [];
}

/** @returns the label of what was taken back, or null */
export function undoSettings(): string | null {
  const last = done.value.at(-1);
  if (!last) return null;
  done.value = done.value.slice(0, -1);
  undone.value = [...undone.value, last];
  restore(last.before);
  return last.label;
}

/** @returns the label of what was made again, or null */
export function redoSettings(): string | null {
  const last = undone.value.at(-1);
  if (!last) return null;
  undone.value = undone.value.slice(0, -1);
  done.value = [...done.value, last];
  restore(last.after);
  return last.label;
}

export const settingsEdits = readonly({
  undoLabel: computed(() => done.value.at(-1)?.label ?? null),
  redoLabel: computed(() => undone.value.at(-1)?.label ?? null),
});
