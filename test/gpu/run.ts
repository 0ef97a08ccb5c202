/**
 * Runs the steps of steps.ts on this machine and leaves one JSON and one log. Nothing is left out silently: a step
 * whose device is not there is in the JSON with the reason the device gave.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { GPU_DEVICES, gpuSteps, type Step } from './steps.ts';

interface Outcome {
  readonly step: string;
  readonly command: string;
  readonly state: 'done' | 'failed' | 'left out';
  readonly reason: string | null;
  readonly seconds: number;
  readonly result: unknown;
}

interface DeviceLine {
  readonly device: string;
  readonly available: boolean;
  readonly reason: string;
}

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    out: { type: 'string', default: 'gpu-results' },
    sizes: { type: 'string', default: '64/8/64/8,128/4/64/16,512/8/128/8' },
    rounds: { type: 'string', default: '6' },
  },
});
const folder = resolve(values.out);
const steps = gpuSteps({ sizes: values.sizes.split(','), rounds: Number(values.rounds), folder });

if (values['dry-run']) {
  for (const { name, command, needs, seconds } of steps)
    process.stdout.write(
      `${name} (${needs.length === 0 ? 'always' : `with ${needs.join(' or ')}`}, at most ${seconds} s): ${command.join(' ')}\n`,
    );
  process.exit(0);
}

mkdirSync(folder, { recursive: true });
const log = createWriteStream(join(folder, 'gpu.log'));
const note = (text: string): void => {
  log.write(`${text}\n`);
  process.stderr.write(`${text}\n`);
};

/** Runs a step; what it says besides its result goes to the log. */
async function execute(step: Step): Promise<Outcome> {
  note(`\n── ${step.name}: ${step.command.join(' ')}`);
  const startedAt = performance.now();
  const [command, ...args] = step.command as [string, ...string[]];
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), step.seconds * 1000);
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => log.write(data));
  const code = await new Promise<number | null>((done) => {
    child.on('close', done);
    child.on('error', () => done(null));
  });
  clearTimeout(timer);
  log.write(output);
  const seconds = (performance.now() - startedAt) / 1000;
  const base = { step: step.name, command: step.command.join(' '), seconds: Number(seconds.toFixed(1)) };
  let result: unknown = null;
  try {
    if (step.output === 'tests') result = testCounts(step.report!);
    if (step.output === 'json') result = JSON.parse(output);
    if (step.output === 'lines')
      result = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
  } catch (error) {
    return { ...base, state: 'failed', reason: `exit code ${code}; ${error}`, result: output.slice(-2000) };
  }
  if (code === 0) return { ...base, state: 'done', reason: null, result };
  return { ...base, state: 'failed', reason: code === null ? 'killed' : `exit code ${code}`, result };
}

/** Counts of a test run, and what failed. */
function testCounts(report: string): unknown {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    testResults: { assertionResults: { fullName: string; failureMessages: string[] }[] }[];
  };
  const failures = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ failureMessages }) => failureMessages.length > 0)
    .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]!.slice(0, 300)}`);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests, failures };
}

const tool = (command: string, ...args: string[]): string | null => {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

const outcomes: Outcome[] = [];
const devices = new Map<string, DeviceLine>();
for (const step of steps) {
  const missing = step.needs.length > 0 && !step.needs.some((device) => devices.get(device)?.available);
  if (missing) {
    const reason = step.needs
      .map((device) => `${device}: ${devices.get(device)?.reason ?? 'not asked'}`)
      .join('; ');
    note(`\n── ${step.name}: left out (${reason})`);
    outcomes.push({
      step: step.name,
      command: step.command.join(' '),
      state: 'left out',
      reason,
      seconds: 0,
      result: null,
    });
    continue;
  }
  const outcome = await execute(step);
  note(
    `${step.name}: ${outcome.state} in ${outcome.seconds} s${outcome.reason ? ` (${outcome.reason})` : ''}`,
  );
  outcomes.push(outcome);
  if (step.name === 'engines')
    for (const line of (outcome.result as { engines: DeviceLine[] } | null)?.engines ?? [])
      devices.set(line.device, line);
}

const machine = {
  gpu: tool('nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'),
  processor: cpus()[0]?.model ?? null,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
};
writeFileSync(join(folder, 'gpu.json'), `${JSON.stringify({ machine, steps: outcomes }, null, 2)}\n`);
log.end();
const failed = outcomes.some(({ state }) => state === 'failed');
process.stderr.write(`\n${join(folder, 'gpu.json')}\n`);
process.exit(failed ? 1 : GPU_DEVICES.some((device) => devices.get(device)?.available) ? 0 : 3);
