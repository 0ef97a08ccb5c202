/** The menu, after the conventions of each platform. */
import { type MenuItemConstructorOptions, shell } from 'electron';
import { acceleratorOf } from './accelerators.ts';
import type { MenuCommand, MenuKeys } from './host-messages.ts';

/** Where questions about the program are answered. */
const HELP_PAGE = 'https://arxiv.org/abs/2406.02469';

export function menuTemplate(options: {
  readonly platform: NodeJS.Platform;
  readonly keys: MenuKeys;
  readonly send: (command: MenuCommand) => void;
  readonly open: () => void;
  readonly showFolder: () => void;
}): MenuItemConstructorOptions[] {
  const { platform, keys, send, open, showFolder } = options;
  /** The chosen key, or the one the program comes with. */
  const keyed = (
    command: MenuCommand,
    otherwise?: string,
  ): Pick<MenuItemConstructorOptions, 'accelerator'> => {
    const chosen = keys[command];
    const accelerator =
      chosen === undefined ? otherwise : chosen === null ? undefined : acceleratorOf(chosen);
    return accelerator === undefined ? {} : { accelerator };
  };
  const isMac = platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    label: 'Settings…',
    ...keyed('settings', 'CmdOrCtrl+,'),
    click: () => send('settings'),
  };
  return [
    ...(isMac
      ? [
          {
            role: 'appMenu',
            submenu: [
              { role: 'about' },
              { type: 'separator' },
              settings,
              { type: 'separator' },
              { role: 'services' },
              { type: 'separator' },
              { role: 'hide' },
              { role: 'hideOthers' },
              { role: 'unhide' },
              { type: 'separator' },
              { role: 'quit' },
            ],
          } satisfies MenuItemConstructorOptions,
        ]
      : []),
    {
      label: '&File',
      submenu: [
        { label: 'New Study', ...keyed('new', 'CmdOrCtrl+N'), click: () => send('new') },
        { label: 'Open Study File…', accelerator: 'CmdOrCtrl+O', click: open },
        // Filled by the system on macOS and Windows.
        { role: 'recentDocuments', submenu: [{ role: 'clearRecentDocuments' }] },
        { type: 'separator' },
        { label: 'Show Home Folder', click: showFolder },
        ...(isMac ? [] : [{ type: 'separator' } as const, settings]),
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { label: 'All Studies', ...keyed('home', 'Alt+Shift+H'), click: () => send('home') },
        { label: 'Queue and Devices', ...keyed('queue', 'Alt+Shift+Q'), click: () => send('queue') },
        {
          label: 'Search or Run a Command',
          ...keyed('palette', 'CmdOrCtrl+K'),
          click: () => send('palette'),
        },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { label: 'Keys', ...keyed('keys', 'CmdOrCtrl+/'), click: () => send('keys') },
        { label: 'The Paper on Landscape-Aware Growing', click: () => void shell.openExternal(HELP_PAGE) },
      ],
    },
  ];
}
