/** Light, dark or as the system says; kept in the browser and applied before the first paint of the page. */
import { readonly, ref } from 'vue';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'espalier-theme';
const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

const stored = localStorage.getItem(KEY);
const choice = ref<ThemeChoice>(CHOICES.find((known) => known === stored) ?? 'system');

export const themeChoice = readonly(choice);

export function chooseTheme(next: ThemeChoice): void {
  choice.value = next;
  localStorage.setItem(KEY, next);
  applyTheme();
}

export function applyTheme(): void {
  const root = document.documentElement;
  if (choice.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = choice.value;
}
