/** The one window: its page, its place on the screen, and what happens when its process dies or hangs. */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, screen } from 'electron';
import { LEAST_HEIGHT, LEAST_WIDTH, readWindowState, writeWindowState } from './window-state.ts';

/** More crashes than this in a row end in a question in place of another try. */
const MOST_CRASHES = 3;

export function openStudyWindow(): BrowserWindow {
  const statePath = join(app.getPath('userData'), 'window.json');
  const displays = screen.getAllDisplays().map(({ workArea }) => workArea);
  const { isMaximised, ...place } = readWindowState(statePath, displays);
  const window = new BrowserWindow({
    ...place,
    minWidth: LEAST_WIDTH,
    minHeight: LEAST_HEIGHT,
    show: false,
    title: 'Espalier',
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    },
  });
  if (isMaximised) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () =>
    writeWindowState(statePath, { ...window.getNormalBounds(), isMaximised: window.isMaximized() }),
  );
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  recoverFrom(window);
  void window.loadFile(join(import.meta.dirname, '../renderer/index.html'));
  return window;
}

/** What trains lives in another process: a page that died is loaded again and shows it. */
function recoverFrom(window: BrowserWindow): void {
  let crashes = 0;
  window.webContents.on('did-finish-load', () => {
    setTimeout(() => {
      crashes = 0;
    }, 10_000).unref();
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    crashes++;
    if (crashes < MOST_CRASHES) window.webContents.reload();
    else
      void ask(window, 'The window has stopped working several times.', ['Try again', 'Close']).then(
        (again) => {
          if (again) window.webContents.reload();
          else window.destroy();
        },
      );
  });
  window.on('unresponsive', () => {
    void ask(window, 'The window does not answer.', ['Load it again', 'Wait']).then((again) => {
      if (again) window.webContents.forcefullyCrashRenderer();
    });
  });
}

async function ask(window: BrowserWindow, message: string, buttons: [string, string]): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    message,
    detail: 'Studies are saved, and what trains goes on.',
    buttons,
    defaultId: 0,
    cancelId: 1,
  });
  return response === 0;
}
