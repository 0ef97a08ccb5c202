/** Runs sandboxed beside the page: hands it a port to the service when it asks for one, and a few typed messages. */
import type { IpcRendererEvent } from 'electron';
import { contextBridge, ipcRenderer } from 'electron';
import {
  CHANNELS,
  MENU_COMMANDS,
  type MenuCommand,
  type MenuKeys,
  type OpenedFile,
} from './host-messages.ts';

/** The page's window; the types of src-main know no page. */
declare const window: {
  postMessage(message: string, target: string, ports: IpcRendererEvent['ports']): void;
};

ipcRenderer.on(CHANNELS.servicePort, ({ ports }) => {
  window.postMessage('espalier-service-port', '*', ports);
});

contextBridge.exposeInMainWorld('espalierHost', {
  connect: () => ipcRenderer.send(CHANNELS.connect),
  /** Commands of the menu, and files that the system opens. What was opened before is told at once. */
  listen: (onCommand: (command: MenuCommand) => void, onFile: (file: OpenedFile) => void) => {
    ipcRenderer.on(CHANNELS.command, (_event, name: unknown) => {
      const command = MENU_COMMANDS.find((known) => known === name);
      if (command) onCommand(command);
    });
    ipcRenderer.on(CHANNELS.openedFile, (_event, file: OpenedFile) => onFile(file));
    ipcRenderer.send(CHANNELS.ready);
  },
  showFolder: () => ipcRenderer.send(CHANNELS.showFolder),
  showKeys: (keys: MenuKeys) => ipcRenderer.send(CHANNELS.menuKeys, keys),
  /** Path of the file, or null where the person chose none. */
  printToPdf: (name: string, html: string): Promise<string | null> =>
    ipcRenderer.invoke(CHANNELS.printToPdf, { name, html }),
});
