/** Stands for Electron's utility process: gives `process.parentPort` and then runs the entry in this worker. */
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** A port as the utility process has it: messages are events with `data`. */
class FakePort extends EventEmitter {
  constructor(port) {
    super();
    this.port = port;
    port.on('message', (data) => this.emit('message', { data, ports: [] }));
    port.on('close', () => this.emit('close'));
  }
  start() {
    this.port.start();
  }
  postMessage(data) {
    this.port.postMessage(data);
  }
  close() {
    this.port.close();
  }
}

class ParentPort extends EventEmitter {
  postMessage(message) {
    parentPort.postMessage(message);
  }
}
process.parentPort = new ParentPort();
// The entry listens after it has composed the service; Electron keeps messages until then.
const early = [];
const give = ({ data, ports }) =>
  process.parentPort.emit('message', { data, ports: ports.map((port) => new FakePort(port)) });
parentPort.on('message', (message) => {
  if (process.parentPort.listenerCount('message') > 0) give(message);
  else early.push(message);
});
process.parentPort.on('newListener', (event) => {
  if (event === 'message') setImmediate(() => early.splice(0).forEach(give));
});
await import(pathToFileURL(workerData.path).href);
