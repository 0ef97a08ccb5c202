/** The menu, after the conventions of each platform. */
import { type MenuItemConstructorOptions, shell } from 'electron';
import type { MenuCommand } from './host-messages.ts';

/** Where questions about the program are answered. */
const HELP_PAGE = 'https://arxiv.org/abs/2406.02469';

export function menuTemplate(options: {
  readonly platform: NodeJS.Platform;
  readonly send: (command: MenuCommand) => void;
  readonly open: () => void;
  readonly showFolder: () => void;
}): MenuItemConstructorOptions[] {
  const { platform, send, open, showFolder } = options;
  const isMac = platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    label: 'Settings…',
    accelerator: 'CmdOrCtrl+,',
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
        { label: 'New Study', accelerator: 'CmdOrCtrl+N', click: () => send('new') },
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
        { label: 'All Studies', accelerator: 'Alt+Shift+H', click: () => send('home') },
        { label: 'Queue and Devices', click: () => send('queue') },
        { label: 'Search or Run a Command', accelerator: 'CmdOrCtrl+K', click: () => send('palette') },
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
        { label: 'Keys', click: () => send('keys') },
        { label: 'The Paper on Landscape-Aware Growing', click: () => void shell.openExternal(HELP_PAGE) },
      ],
    },
  ];
}
