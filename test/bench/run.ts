/**
 * Benchmarks: `npm run bench -- NAME [options]`. Tables go to stdout, progress to stderr; with --json stdout holds
 * one JSON object a row and nothing else.
 */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly json: boolean;
  /** Names of sizes to run; empty for all. */
  readonly sizes: readonly string[];
  readonly threads: readonly number[];
  /** Rounds over all variants. */
  readonly rounds: number;
  /** What runs besides this project's engine on ONNX Runtime. */
  readonly peers: readonly string[];
}

const BENCHES: Readonly<Record<string, () => Promise<(options: BenchOptions) => Promise<void>>>> = {
  step: async () => (await import('./step.ts')).benchSteps,
  growth: async () => (await import('./growth.ts')).benchGrowth,
  history: async () => (await import('./history.ts')).benchHistory,
  replay: async () => (await import('./replay.ts')).benchReplay,
  window: async () => (await import('./window.ts')).benchWindow,
  scale: async () => (await import('./scale.ts')).benchScale,
};

const USAGE = `usage: npm run bench -- NAME [--json] [--sizes A,B] [--threads 1,2] [--rounds N] [--peers torch,torch.compile,tfjs,tfjs-wasm,tfjs-cpu,tfjs-node]
NAME is one of ${Object.keys(BENCHES).join(', ')}
`;

const list = (text: string): string[] => text.split(',').filter((part) => part !== '');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '8' },
    peers: { type: 'string', default: 'torch,torch.compile,tfjs' },
  },
});
const load = BENCHES[positionals[0] ?? ''];
const threads = list(values.threads).map(Number);
const rounds = Number(values.rounds);
if (!load || positionals.length !== 1 || !(rounds >= 1) || !threads.every((count) => count >= 1)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const bench = await load();
await bench({ json: values.json, sizes: list(values.sizes), threads, rounds, peers: list(values.peers) });
