/**
 * The desktop window: the renderer's page, connected by a message port to the service process. Security follows
 * Electron's checklist: sandbox, context isolation, no node integration, no navigation, no permissions, no new windows.
 */
import { join } from 'node:path';
import type { UtilityProcess } from 'electron';
import { app, BrowserWindow, ipcMain, MessageChannelMain, session, utilityProcess } from 'electron';

let service: UtilityProcess | null = null;

/** The service; started again when it has ended. */
function runningService(): UtilityProcess {
  if (service) return service;
  const started = utilityProcess.fork(join(import.meta.dirname, 'service-process.js'), [], {
    serviceName: 'Espalier service',
  });
  service = started;
  started.on('exit', () => {
    if (service === started) service = null;
  });
  return started;
}

function openWindow(): void {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 800,
    minHeight: 560,
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
  window.once('ready-to-show', () => window.show());
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  void window.loadFile(join(import.meta.dirname, '../renderer/index.html'));
}

/** Every page that asks gets a port of its own to the service. */
function connectPages(): void {
  ipcMain.on('connect', ({ sender }) => {
    const { port1, port2 } = new MessageChannelMain();
    runningService().postMessage(null, [port1]);
    sender.postMessage('service-port', null, [port2]);
  });
}

if (!app.requestSingleInstanceLock()) app.quit();
else {
  void app.whenReady().then(() => {
    session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
    connectPages();
    openWindow();
    app.on('activate', () => {
      if (BrowserWindow.getAllWindows().length === 0) openWindow();
    });
    app.on('second-instance', () => {
      const [window] = BrowserWindow.getAllWindows();
      if (window?.isMinimized()) window.restore();
      window?.focus();
    });
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', (event) => {
    const ending = service;
    if (!ending) return;
    // The study that runs stops at its next safe point and goes on at the next start.
    event.preventDefault();
    ending.once('exit', () => app.quit());
    ending.postMessage('close');
  });
}
