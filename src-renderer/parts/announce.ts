/** What a screen reader says without being asked: the last message within a moment wins. */
import { readonly, ref } from 'vue';

/** Milliseconds between two messages. */
const PAUSE = 150;

const text = ref('');
let timer: ReturnType<typeof setTimeout> | undefined;

/** Content of the page's polite live region (app/App.vue). */
export const announcement = readonly(text);

export function announce(message: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    text.value = message;
  }, PAUSE);
}
