/**
 * `npm test`: lint, types, build, unit, WebGPU and end-to-end tests, one after the other, and one closing line
 * with the sum of all tests. Lint, types and build count as one test each. Exit code 1 when anything failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether it is a vitest run, whose tests are counted. */
  readonly isVitest: boolean;
}

const bin = (name: string): string => join(import.meta.dirname, '../node_modules/.bin', name);
const swiftshader = [process.execPath, join(import.meta.dirname, 'engine/with-swiftshader.ts')];

const STEPS: readonly Step[] = [
  { name: 'lint', command: [bin('biome'), 'check', '--error-on-warnings', '.'], isVitest: false },
  { name: 'types of src-main', command: [bin('tsc'), '-p', 'src-main'], isVitest: false },
  { name: 'types of src-renderer', command: [bin('vue-tsc'), '-p', 'src-renderer'], isVitest: false },
  { name: 'types of test', command: [bin('tsc'), '-p', 'test'], isVitest: false },
  { name: 'build', command: [bin('electron-vite'), 'build', '--logLevel', 'error'], isVitest: false },
  { name: 'unit tests', command: [bin('vitest'), 'run'], isVitest: true },
  {
    name: 'WebGPU tests on SwiftShader',
    command: [...swiftshader, bin('vitest'), 'run', '--config', 'vitest.webgpu.config.ts'],
    isVitest: true,
  },
  {
    name: 'end-to-end tests',
    command: [bin('vitest'), 'run', '--config', 'vitest.e2e.config.ts'],
    isVitest: true,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const times: string[] = [];

for (const [index, { name, command, isVitest }] of STEPS.entries()) {
  process.stdout.write(`\n── ${name}\n`);
  const report = join(folder, `${index}.json`);
  const reporting = isVitest ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];
  const startedAt = performance.now();
  const { status } = spawnSync(command[0]!, [...command.slice(1), ...reporting], {
    stdio: 'inherit',
    // Every tool runs on the Node.js of the dev dependency, also when this script is started by hand.
    env: { ...process.env, PATH: [dirname(bin('node')), process.env.PATH].join(delimiter) },
  });
  times.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  if (!isVitest) {
    total[status === 0 ? 'passed' : 'failed']++;
    continue;
  }
  try {
    const result = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    total.passed += result.numPassedTests!;
    total.failed += result.numFailedTests!;
    total.skipped += result.numPendingTests! + result.numTodoTests!;
    // A file that cannot even be loaded has no tests to count.
    if (status !== 0 && result.numFailedTests === 0) total.failed++;
  } catch {
    process.stderr.write(`${name} left no result\n`);
    total.failed++;
  }
}

rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${times.join(', ')}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 ? 0 : 1);
