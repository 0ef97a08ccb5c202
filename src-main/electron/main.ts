/**
 * The desktop program: one window, connected by a message port to the service process. Security follows Electron's
 * checklist: sandbox, context isolation, no node integration, no navigation, no permissions, no new windows.
 */
import { app, BrowserWindow, ipcMain, Menu, session, shell, type WebContents } from 'electron';
import { resolveHome } from '../service/home.ts';
import { readMenuKeys } from './accelerators.ts';
import { menuTemplate } from './app-menu.ts';
import { CHANNELS, type MenuCommand, type MenuKeys, type OpenedFile } from './host-messages.ts';
import { printToPdf } from './print-to-pdf.ts';
import { RunningWork } from './running-work.ts';
import { ServiceHost } from './service-host.ts';
import { chooseStudyFile, readOpenedFile, studyFilesIn } from './study-files.ts';
import { openStudyWindow } from './study-window.ts';

const work = new RunningWork();
const service = new ServiceHost((report) => work.take(report));
/** Files that were opened before a page listened. */
let waiting: OpenedFile[] = [];
const listening = new Set<WebContents>();

const currentWindow = (): BrowserWindow => BrowserWindow.getAllWindows()[0] ?? openStudyWindow();

function show(files: readonly (OpenedFile | null)[]): void {
  waiting.push(...files.filter((file) => file !== null));
  const { webContents } = currentWindow();
  if (!listening.has(webContents)) return;
  for (const file of waiting) webContents.send(CHANNELS.openedFile, file);
  waiting = [];
}

function send(command: MenuCommand): void {
  currentWindow().webContents.send(CHANNELS.command, command);
}

function showFolder(): void {
  void shell.openPath(resolveHome(undefined).folder);
}

function showMenu(keys: MenuKeys): void {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      menuTemplate({
        platform: process.platform,
        keys,
        send,
        open: () => void chooseStudyFile(currentWindow()).then((file) => show([file])),
        showFolder,
      }),
    ),
  );
}

function listenToPages(): void {
  ipcMain.on(CHANNELS.showFolder, showFolder);
  ipcMain.on(CHANNELS.menuKeys, (_event, data: unknown) => {
    const keys = readMenuKeys(data);
    if (keys) showMenu(keys);
  });
  ipcMain.on(CHANNELS.connect, ({ sender }) => service.connect(sender));
  ipcMain.on(CHANNELS.ready, ({ sender }) => {
    listening.add(sender);
    sender.once('destroyed', () => listening.delete(sender));
    show([]);
  });
  ipcMain.handle(CHANNELS.printToPdf, ({ sender }, request: unknown) => {
    const owner = BrowserWindow.fromWebContents(sender);
    return owner ? printToPdf(owner, request) : null;
  });
}

function start(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    // Copying text is the only thing the page may ask of the system.
    answer(permission === 'clipboard-sanitized-write'),
  );
  showMenu({});
  listenToPages();
  show(studyFilesIn(process.argv).map(readOpenedFile));
  app.on('activate', () => currentWindow());
  app.on('second-instance', (_event, commandLine) => {
    const window = currentWindow();
    if (window.isMinimized()) window.restore();
    window.focus();
    show(studyFilesIn(commandLine).map(readOpenedFile));
  });
}

/** Asked once; then the service stops at a safe point, and the program ends. */
let quitting: 'no' | 'asked' | 'agreed' = 'no';
async function quit(): Promise<void> {
  if (!(await work.mayQuit())) {
    quitting = 'no';
    return;
  }
  await service.close();
  quitting = 'agreed';
  app.quit();
}

if (!app.requestSingleInstanceLock()) app.quit();
else {
  // macOS gives files by this event, also before the program is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    const file = readOpenedFile(path);
    if (app.isReady()) show([file]);
    else if (file) waiting.push(file);
  });
  void app.whenReady().then(start);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', (event) => {
    if (quitting === 'agreed') return;
    event.preventDefault();
    if (quitting === 'no') {
      quitting = 'asked';
      void quit();
    }
  });
}
