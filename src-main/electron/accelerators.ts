/** Keys as the page writes them in Electron's words. */
import { z } from 'zod';
import { MENU_COMMANDS, type MenuKeys } from './host-messages.ts';

const CHORD = /^(Mod\+)?(Ctrl\+)?(Alt\+)?(Shift\+)?([!-~]|[A-Z][A-Za-z]{1,11}|F\d{1,2})$/;
const menuKeysSchema = z.partialRecord(z.enum(MENU_COMMANDS), z.string().max(40).regex(CHORD).nullable());

/** What the page sent; null where it is not what it must be. */
export function readMenuKeys(data: unknown): MenuKeys | null {
  return menuKeysSchema.safeParse(data).data ?? null;
}

/** `CmdOrCtrl+Shift+Left` for `Mod+Shift+ArrowLeft`. */
export const acceleratorOf = (chord: string): string =>
  chord
    .replace(/^Mod\b/, 'CmdOrCtrl')
    .replace(/\bCtrl\+/, 'Control+')
    .replace('Arrow', '');
