/** Runs sandboxed beside the page: hands it a port to the service when it asks for one, and nothing else. */
import type { IpcRendererEvent } from 'electron';
import { contextBridge, ipcRenderer } from 'electron';

/** The page's window; the types of src-main know no page. */
declare const window: {
  postMessage(message: string, target: string, ports: IpcRendererEvent['ports']): void;
};

ipcRenderer.on('service-port', ({ ports }) => {
  window.postMessage('espalier-service-port', '*', ports);
});

contextBridge.exposeInMainWorld('espalierHost', { connect: () => ipcRenderer.send('connect') });
