/** Runs the built main process on the fake of Electron and goes through a day of it; prints one JSON line of facts. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';

const [, , mainPath, studyPath, badPath, pdfPath] = process.argv;
const fake = new URL('./fake-electron.mjs', import.meta.url).href;
registerHooks({
  resolve: (name, context, next) =>
    name === 'electron' ? { url: fake, shortCircuit: true } : next(name, context),
});
process.argv = [process.execPath, studyPath];

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
async function until(what, condition) {
  for (let tries = 0; tries < 600; tries++) {
    if (await condition()) return;
    await pause(50);
  }
  throw new Error(`${what} did not happen`);
}

await import(pathToFileURL(mainPath).href);
const { log, app, BrowserWindow, ipcMain, utilityProcess, answers, Menu, session } = globalThis.fakeElectron;
await until('a window', () => BrowserWindow.getAllWindows().length === 1);
const [window] = BrowserWindow.getAllWindows();
const { webContents } = window;
const facts = { preferences: window.options.webPreferences };

// The page asks for a port, and talks to the real service over it.
const connected = () =>
  new Promise((resolve) => {
    webContents.once('fake-port', (channel, port) => resolve({ channel, port }));
    ipcMain.emit('connect', { sender: webContents });
  });
const { channel, port } = await connected();
facts.channel = channel;
const service = createORPCClient(new RPCLink({ port }));
port.start();
facts.version = (await service.machine.facts()).version;

// The file of the command line waits until the page listens.
facts.filesBefore = webContents.sent.length;
ipcMain.emit('ready', { sender: webContents });
await until('the opened file', () => webContents.sent.length > 0);
const [, opened] = webContents.sent.at(-1);
facts.opened = opened.name;

// Starting it keeps the machine awake; its end is told, because the window is not in front.
await service.jobs.add({ text: opened.text });
await until('the blocker', () => log.some(([name]) => name === 'powerSaveBlocker.start'));
await until('the notification', () => log.some(([name]) => name === 'notification'));
await until('the release', () => log.some(([name]) => name === 'powerSaveBlocker.stop'));
facts.notification = log.find(([name]) => name === 'notification')[1];

// Another start of the program gives its file to this one.
app.emit('second-instance', {}, ['espalier', badPath, '--flag', studyPath]);
facts.refused = log.find(([name]) => name === 'showErrorBox')?.[1];
facts.filesAfter = webContents.sent.filter(([name]) => name === 'opened-file').length;

// A page that dies is loaded again; another kind of end is not.
webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
webContents.emit('render-process-gone', {}, { reason: 'crashed' });
facts.reloads = webContents.reloads;
let isPrevented = false;
webContents.emit('will-navigate', { preventDefault: () => (isPrevented = true) });
facts.isNavigationPrevented = isPrevented;
facts.newWindows = webContents.openHandler({ url: 'https://example.org' }).action;
facts.permissions = await Promise.all(
  ['media', 'geolocation', 'clipboard-sanitized-write'].map(
    (name) => new Promise((resolve) => session.permission(webContents, name, resolve)),
  ),
);

const labels = [];
const walk = (items) => {
  for (const item of items) {
    labels.push(item.label ?? item.role ?? item.type);
    if (Array.isArray(item.submenu)) walk(item.submenu);
  }
};
walk(Menu.template);
facts.menu = labels;
Menu.template
  .flatMap(({ submenu }) => submenu ?? [])
  .find(({ label }) => label === 'New Study')
  .click();
facts.command = webContents.sent.at(-1);

// Chosen keys reach the menu; what is no key changes nothing.
ipcMain.emit('menu-keys', {}, { new: 'Mod+Shift+ArrowLeft', home: null });
ipcMain.emit('menu-keys', {}, { new: 'rm -rf', home: 3 });
const items = Menu.template.flatMap(({ submenu }) => submenu ?? []);
facts.menuKeys = ['New Study', 'All Studies', 'Search or Run a Command'].map(
  (label) => items.find((item) => item.label === label).accelerator,
);
ipcMain.emit('show-folder', {});
facts.shownFolder = log.findLast(([name]) => name === 'openPath')[1];

answers.saveDialog = pdfPath;
facts.pdf = await ipcMain.handlers.get('print-to-pdf')(
  { sender: webContents },
  { name: 'r', html: '<p>r</p>' },
);

// The service dies: the port closes, and the next request starts another.
await utilityProcess.last.worker.terminate();
const again = await connected();
const restarted = createORPCClient(new RPCLink({ port: again.port }));
again.port.start();
facts.jobsAfterCrash = (await restarted.jobs.list()).length;

// Quitting while a study runs asks; staying goes on, leaving pauses the study.
await restarted.jobs.add({
  text: opened.text.replace('seed: 1', 'seed: 2').replace('name: ', 'name: second '),
});
const startsSoFar = log.filter(([name]) => name === 'powerSaveBlocker.start').length;
await until(
  'the second study',
  () => log.filter(([name]) => name === 'powerSaveBlocker.start').length >= Math.max(2, startsSoFar),
);
answers.messageBox = 1;
app.quit();
await pause(200);
facts.stayed = !log.some(([name]) => name === 'quitted');
answers.messageBox = 0;
window.emit('close');
app.quit();
await until('the end', () => log.some(([name]) => name === 'quitted'));
facts.questions = log.filter(([name]) => name === 'showMessageBox').map(([, message]) => message);
process.stdout.write(`${JSON.stringify(facts)}\n`);
process.exit(0);
