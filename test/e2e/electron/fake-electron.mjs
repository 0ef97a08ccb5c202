/**
 * The part of Electron's API that the desktop program uses, for running its built main process without Electron's
 * binary. Names, events and order are Electron 45's (its documentation and electron.d.ts); windows are records, the
 * service process is a real worker with real message ports. `globalThis.fakeElectron` is what a test looks at.
 */
import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';

export const log = [];
const record = (name, ...details) => log.push([name, ...details]);

class FakeApp extends EventEmitter {
  isReadyNow = false;
  userData = mkdtempSync(join(tmpdir(), 'espalier-electron-'));
  whenReady() {
    return new Promise((resolve) =>
      setImmediate(() => {
        this.isReadyNow = true;
        resolve();
      }),
    );
  }
  isReady() {
    return this.isReadyNow;
  }
  requestSingleInstanceLock() {
    return process.env.FAKE_SECOND_INSTANCE !== '1';
  }
  getPath(name) {
    if (name !== 'userData') throw new Error(`Failed to get '${name}' path`);
    return this.userData;
  }
  addRecentDocument(path) {
    record('addRecentDocument', path);
  }
  quit() {
    record('quit');
    let isPrevented = false;
    this.emit('before-quit', { preventDefault: () => (isPrevented = true) });
    if (!isPrevented) record('quitted');
  }
}
export const app = new FakeApp();

class FakeWebContents extends EventEmitter {
  sent = [];
  reloads = 0;
  setWindowOpenHandler(handler) {
    this.openHandler = handler;
  }
  send(channel, ...args) {
    this.sent.push([channel, ...structuredClone(args)]);
  }
  postMessage(channel, _message, ports) {
    this.emit('fake-port', channel, ports[0]);
  }
  reload() {
    this.reloads++;
  }
  forcefullyCrashRenderer() {
    record('forcefullyCrashRenderer');
  }
  async printToPDF(options) {
    record('printToPDF', options);
    return Buffer.from('%PDF-1.7 fake');
  }
}

export class BrowserWindow extends EventEmitter {
  static all = [];
  static focused = null;
  static getAllWindows() {
    return [...BrowserWindow.all];
  }
  static getFocusedWindow() {
    return BrowserWindow.focused;
  }
  static fromWebContents(contents) {
    return BrowserWindow.all.find(({ webContents }) => webContents === contents) ?? null;
  }
  webContents = new FakeWebContents();
  constructor(options) {
    super();
    this.options = options;
    BrowserWindow.all.push(this);
  }
  async loadFile(path) {
    record('loadFile', path);
    this.emit('ready-to-show');
    this.webContents.emit('did-finish-load');
  }
  show() {
    record('show');
  }
  focus() {
    record('focus');
  }
  isMinimized() {
    return false;
  }
  isMaximized() {
    return false;
  }
  maximize() {}
  restore() {}
  getNormalBounds() {
    return { x: 20, y: 30, width: 1000, height: 700 };
  }
  destroy() {
    BrowserWindow.all = BrowserWindow.all.filter((window) => window !== this);
    this.webContents.emit('destroyed');
  }
}

class FakeIpcMain extends EventEmitter {
  handlers = new Map();
  handle(channel, handler) {
    this.handlers.set(channel, handler);
  }
}
export const ipcMain = new FakeIpcMain();

/** A main-process port: Electron's carries `data` in an event, Node's gives the data itself. */
export class MessageChannelMain {
  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port1 = port1;
    this.port2 = port2;
  }
}

class FakeUtilityProcess extends EventEmitter {
  constructor(path) {
    super();
    record('fork', path);
    this.worker = new Worker(new URL('./fake-utility.mjs', import.meta.url), {
      workerData: { path },
      env: process.env,
    });
    this.worker.on('message', (message) => this.emit('message', message));
    this.worker.on('error', (error) => record('service error', error.message));
    this.worker.on('exit', (code) => this.emit('exit', code));
  }
  postMessage(message, ports = []) {
    this.worker.postMessage({ data: message, ports }, ports);
  }
}
export const utilityProcess = {
  last: null,
  fork(path) {
    utilityProcess.last = new FakeUtilityProcess(path);
    return utilityProcess.last;
  },
};

export const answers = { messageBox: 0, openDialog: [], saveDialog: '' };
export const dialog = {
  async showMessageBox(...args) {
    record('showMessageBox', args.at(-1).message);
    return { response: answers.messageBox, checkboxChecked: false };
  },
  showErrorBox(title, content) {
    record('showErrorBox', title, content);
  },
  async showOpenDialog() {
    return { canceled: answers.openDialog.length === 0, filePaths: answers.openDialog };
  },
  async showSaveDialog() {
    return { canceled: answers.saveDialog === '', filePath: answers.saveDialog };
  },
};
export const Menu = {
  template: null,
  buildFromTemplate(template) {
    return { template };
  },
  setApplicationMenu(menu) {
    Menu.template = menu.template;
  },
};
export class Notification extends EventEmitter {
  static isSupported() {
    return true;
  }
  constructor(options) {
    super();
    this.options = options;
  }
  show() {
    record('notification', this.options.title);
  }
}
export const powerSaveBlocker = {
  next: 0,
  start(kind) {
    record('powerSaveBlocker.start', kind);
    return powerSaveBlocker.next++;
  },
  stop(id) {
    record('powerSaveBlocker.stop', id);
  },
};
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export const session = {
  defaultSession: {
    setPermissionRequestHandler(handler) {
      session.permission = handler;
    },
  },
};
export const shell = {
  async openExternal(link) {
    record('openExternal', link);
  },
  async openPath(path) {
    record('openPath', path);
    return '';
  },
};

globalThis.fakeElectron = {
  log,
  app,
  BrowserWindow,
  ipcMain,
  utilityProcess,
  answers,
  Menu,
  session,
};
