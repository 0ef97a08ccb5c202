/**
 * Light, dark, each in high contrast, or as the system says; kept in the browser and applied before the first paint of
 * the page. Forced colours of the system count as high contrast whatever was chosen.
 */
import { computed, readonly, ref } from 'vue';

/** In the order in which they are offered. */
export const THEME_CHOICES = ['system', 'light', 'dark', 'lightContrast', 'darkContrast'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** What a choice means for the style sheet; null leaves it to the system. */
const MEANING: Readonly<Record<ThemeChoice, { scheme: 'light' | 'dark' | null; isHigh: boolean | null }>> = {
  system: { scheme: null, isHigh: null },
  light: { scheme: 'light', isHigh: false },
  dark: { scheme: 'dark', isHigh: false },
  lightContrast: { scheme: 'light', isHigh: true },
  darkContrast: { scheme: 'dark', isHigh: true },
};

const KEY = 'espalier-theme';

const stored = localStorage.getItem(KEY);
const choice = ref<ThemeChoice>(THEME_CHOICES.find((known) => known === stored) ?? 'system');

/** @returns whether the system says so now, followed for the life of the page */
function systemSays(query: string): Readonly<{ value: boolean }> {
  const list = matchMedia(query);
  const holds = ref(list.matches);
  list.addEventListener('change', () => {
    holds.value = list.matches;
    applyTheme();
  });
  return holds;
}
const isSystemDark = systemSays('(prefers-color-scheme: dark)');
const isMoreWanted = systemSays('(prefers-contrast: more)');
const areColoursForced = systemSays('(forced-colors: active)');

export const themeChoice = readonly(choice);
export const isDark = computed(() => {
  const { scheme } = MEANING[choice.value];
  return scheme === null ? isSystemDark.value : scheme === 'dark';
});
export const isHighContrast = computed(
  () => areColoursForced.value || (MEANING[choice.value].isHigh ?? isMoreWanted.value),
);
/** Changes whenever any colour of the window may have. */
export const colourKey = computed(
  () => `${isDark.value} ${isHighContrast.value} ${areColoursForced.value} ${choice.value}`,
);

export function chooseTheme(next: ThemeChoice): void {
  choice.value = next;
  localStorage.setItem(KEY, next);
  applyTheme();
}

export function applyTheme(): void {
  const { dataset } = document.documentElement;
  const { scheme } = MEANING[choice.value];
  if (scheme === null) delete dataset.theme;
  else dataset.theme = scheme;
  if (isHighContrast.value) dataset.contrast = 'more';
  else delete dataset.contrast;
}
