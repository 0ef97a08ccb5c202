/** What the processes of the desktop program say to each other besides the typed calls of the page. */

/** From the service process: what trains now, and what ended since the last message. */
export interface WorkReport {
  /** Names of studies that run. */
  readonly running: readonly string[];
  readonly ended: readonly { readonly name: string; readonly isFailed: boolean }[];
}

/** From the menu to the page. */
export const MENU_COMMANDS = ['new', 'open', 'home', 'settings', 'queue', 'keys', 'palette'] as const;
export type MenuCommand = (typeof MENU_COMMANDS)[number];

/** Keys of the menu, as the page writes them: `Mod+Shift+N`, or null for none. */
export type MenuKeys = Readonly<Partial<Record<MenuCommand, string | null>>>;

/** A study file that was opened by the system, the dialog or the list of recent files. */
export interface OpenedFile {
  readonly name: string;
  readonly text: string;
}

/** Names of the messages between Electron's main process and the page's preload script. */
export const CHANNELS = {
  /** The page asks for a port to the service. */
  connect: 'connect',
  servicePort: 'service-port',
  command: 'command',
  openedFile: 'opened-file',
  /** The page listens now: files that were opened before are sent. */
  ready: 'ready',
  printToPdf: 'print-to-pdf',
  /** The page asks for the folder of the studies in the system's own program for files. */
  showFolder: 'show-folder',
  /** Keys that the person has chosen, for the menu. */
  menuKeys: 'menu-keys',
} as const;
