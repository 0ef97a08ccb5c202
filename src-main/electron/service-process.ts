/** The service in a process of its own, so that neither the window nor Electron's main process ever waits for it. */
import type { Job } from '../contract/window/jobs.ts';
import { composeWindow } from '../service/compose.ts';
import { workReport } from './work-reports.ts';

const window = await composeWindow(undefined);

let known: readonly Job[] = [];
function report(): void {
  const now = window.jobs.list();
  const changes = workReport(known, now);
  known = now;
  if (changes) process.parentPort.postMessage(changes);
}
report();
window.jobs.onChange(report);

process.parentPort.on('message', ({ data, ports }) => {
  const [port] = ports;
  if (port) {
    window.server.servePort(port);
    port.start();
  } else if (data === 'close') void window.close().then(() => process.exit(0));
});
