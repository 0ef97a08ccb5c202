/** Runs sandboxed beside the page and hands it the versions of what it runs on; nothing else. */
import { contextBridge } from 'electron';

contextBridge.exposeInMainWorld('espalierHost', {
  versions: {
    electron: process.versions.electron,
    chrome: process.versions.chrome,
    node: process.versions.node,
  },
});
