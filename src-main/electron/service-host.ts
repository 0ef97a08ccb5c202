/** Electron's main process as the host of the service process: started when first asked for, and again when it dies. */
import { join } from 'node:path';
import { MessageChannelMain, type UtilityProcess, utilityProcess, type WebContents } from 'electron';
import { CHANNELS, type WorkReport } from './host-messages.ts';

export class ServiceHost {
  private process: UtilityProcess | null = null;
  private readonly onReport: (report: WorkReport) => void;

  constructor(onReport: (report: WorkReport) => void) {
    this.onReport = onReport;
  }

  /** Every page that asks gets a port of its own. Where the service dies the port closes, and the page asks again. */
  connect(page: WebContents): void {
    const { port1, port2 } = new MessageChannelMain();
    this.running().postMessage(null, [port1]);
    page.postMessage(CHANNELS.servicePort, null, [port2]);
  }

  /** Pauses what runs at its next safe point, then ends the process. */
  close(): Promise<void> {
    const { process: ending } = this;
    if (!ending) return Promise.resolve();
    return new Promise((resolve) => {
      ending.once('exit', () => resolve());
      ending.postMessage('close');
    });
  }

  private running(): UtilityProcess {
    if (this.process) return this.process;
    const started = utilityProcess.fork(join(import.meta.dirname, 'service-process.js'), [], {
      serviceName: 'Espalier service',
    });
    this.process = started;
    started.on('message', (report: WorkReport) => this.onReport(report));
    started.on('exit', () => {
      if (this.process === started) this.process = null;
      this.onReport({ running: [], ended: [] });
    });
    return started;
  }
}
