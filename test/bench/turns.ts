/**
 * Turn-taking between measuring processes. Every variant is a child of its own, so that settings (denormal mode,
 * thread pools, allocators) do not leak; a child works only while it has the turn: it answers each line on its
 * standard input with one line of JSON.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** First line of a child: ready to take turns. */
export interface Ready {
  readonly engine: string;
  /** Rate of one 1024 × 1024 × 1024 product, the best of a few. */
  readonly gflopsPerSecond: number;
}

/** Answer to a turn: milliseconds per step of each sample. */
export interface TurnResult {
  readonly stepMs: readonly number[];
}

/** Side of the square matrices of the rate test. */
export const PRODUCT_SIZE = 1024;

/** Time between turns, in which the thread pools of the last child stop spinning. */
const REST_MS = 250;

export class Competitor {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  readonly label: string;

  constructor(label: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.label = label;
    this.child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.child.on('error', () => {}); // a missing program shows as the end of its output
    this.child.stdin?.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** The next line; throws when the child ended instead. */
  private async answer<T>(): Promise<T> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`measuring process ended without an answer: ${this.label}`);
    return JSON.parse(value) as T;
  }

  ready(): Promise<Ready> {
    return this.answer<Ready>();
  }

  async turn(): Promise<TurnResult> {
    this.child.stdin!.write('turn\n');
    const result = await this.answer<TurnResult>();
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return result;
  }

  end(): void {
    this.child.stdin?.end();
    this.child.kill();
  }
}

/** The child's side: announces itself, then answers each line with a measurement. */
export async function serveTurns(ready: Ready, measure: () => Promise<TurnResult>): Promise<void> {
  const write = (message: Ready | TurnResult): void => {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  };
  write(ready);
  for await (const _ of createInterface({ input: process.stdin })) write(await measure());
}

/** The best rate of a few runs of one large product, in GFLOP/s. */
export async function productRate(multiply: () => Promise<unknown>, runs = 20): Promise<number> {
  let best = 0;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await multiply();
    best = Math.max(best, (2 * PRODUCT_SIZE ** 3) / (performance.now() - start) / 1e6);
  }
  return best;
}
