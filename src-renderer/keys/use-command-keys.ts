/** Carries out commands when their key is pressed anywhere in the window, for as long as the component is shown. */
import { onBeforeUnmount, onMounted } from 'vue';
import { isTextField, pressedCommand } from './key-bindings.ts';
import type { KeyCommandName, KeyScope } from './key-commands.ts';

/** What a text field does itself. */
const OF_FIELDS: ReadonlySet<KeyCommandName> = new Set(['undo', 'redo', 'selectAll']);

export function useCommandKeys(
  actions: Readonly<Partial<Record<KeyCommandName, (() => void) | undefined>>>,
  ...scopes: readonly KeyScope[]
): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    const name = pressedCommand(event, ...scopes);
    const act = name === null ? undefined : actions[name];
    if (name === null || !act || (OF_FIELDS.has(name) && isTextField(event.target))) return;
    event.preventDefault();
    act();
  }
  onMounted(() => addEventListener('keydown', onKey));
  onBeforeUnmount(() => removeEventListener('keydown', onKey));
}
