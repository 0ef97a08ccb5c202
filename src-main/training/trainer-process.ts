/**
 * Entry point of a trainer process that was forked by Node: connects the IPC channel with a trainer server. When
 * the parent goes away, so does the trainer.
 */
import type { TrainerEvent, TrainerRequest } from '../contract/job.ts';
import { TrainerServer } from './trainer-server.ts';

if (!process.send) {
  process.stderr.write(
    'This is a trainer process; it is started by Espalier and takes its jobs from there.\n',
  );
  process.exit(2);
}

const server = new TrainerServer((event: TrainerEvent) => {
  process.send!(event, undefined, undefined, (error) => {
    if (error) process.exit(0); // the owner is gone; it resumes this run from its last checkpoint
  });
});
process.on('message', (request: TrainerRequest) => server.handle(request));
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole process group; the owner decides what happens
