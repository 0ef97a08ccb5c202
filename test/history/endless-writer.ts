/** Writes evaluations in batches of ten until it is killed, and prints the last step of each finished batch. */
import { writeSync } from 'node:fs';
import { openHistory } from '../../src-main/history/open-history.ts';
import { evaluation, fill } from './records.ts';

const history = fill(openHistory(process.argv[2]!, { mode: 'write' }));
for (let first = 0; ; first += 10) {
  history.recordEvaluations(
    Array.from({ length: 10 }, (_, index) =>
      evaluation('probe', first + index, { batchLosses: new Float32Array(200).fill(first + index) }),
    ),
  );
  writeSync(1, `${first + 9}\n`);
}
