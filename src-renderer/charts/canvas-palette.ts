/** Tokens of the style sheet as colours for a canvas, which knows no variables. Follows the theme. */
import { shallowRef, watch } from 'vue';
import type { Palette, Token } from '../../src-main/report/theme.ts';
import { colourKey } from '../theme/theme.ts';

export interface CanvasTheme {
  readonly palette: Palette;
  /** Face of the interface, as a canvas font needs it. */
  readonly fontFamily: string;
}

function read(): CanvasTheme {
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const colours = new Map<Token, string>();
  const fontFamily = getComputedStyle(document.body).fontFamily;
  // In forced colours the system would answer for every token with its colour of text.
  probe.style.setProperty('forced-color-adjust', 'none');
  const resolve = (token: Token): string => {
    probe.style.color = `var(--${token})`;
    if (!probe.isConnected) document.body.append(probe);
    const colour = style.color;
    probe.remove();
    return colour;
  };
  probe.remove();
  return {
    fontFamily,
    palette: (token) => {
      const known = colours.get(token) ?? resolve(token);
      colours.set(token, known);
      return known;
    },
  };
}

const theme = shallowRef<CanvasTheme | null>(null);

/** One for all charts of the page; made anew when the user or the system changes the theme. */
export function canvasTheme(): CanvasTheme {
  if (!theme.value) {
    theme.value = read();
    const again = (): void => {
      theme.value = read();
    };
    watch(colourKey, again, { flush: 'post' });
  }
  return theme.value;
}
