/** The service in a process of its own, so that neither the window nor Electron's main process ever waits for it. */
import { composeWindow } from '../service/compose.ts';

const window = await composeWindow(undefined);

process.parentPort.on('message', ({ data, ports }) => {
  const [port] = ports;
  if (port) {
    window.server.servePort(port);
    port.start();
  } else if (data === 'close') void window.close().then(() => process.exit(0));
});
