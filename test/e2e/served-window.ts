/** `espalier serve` of the built program as a child process, and windows on it in a real browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { root } from './built-program.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  /** The system asks for high contrast. */
  readonly isHighContrast?: boolean;
  /** The system sets all colours. */
  readonly hasForcedColours?: boolean;
  /** Device pixels a pixel of the page. */
  readonly scale?: number;
}

export interface OpenWindow {
  readonly page: Page;
  /** Uncaught errors, and what the page's own policy refused. */
  readonly errors: string[];
}

export class ServedWindow {
  readonly folder = mkdtempSync(join(tmpdir(), 'espalier-window-'));
  readonly home: string;
  private browser: Browser | null = null;
  private child: ChildProcess | null = null;
  private link = '';

  constructor(home?: string) {
    this.home = home ?? join(this.folder, 'home');
  }

  /** Address of a view: `#/queue`. */
  at(hash: string): string {
    return `${new URL(this.link).origin}/${hash}`;
  }

  get port(): number {
    return Number(new URL(this.link).port);
  }

  /** Of the service. */
  get processId(): number {
    return this.child?.pid ?? 0;
  }

  /** With the secret of this start. */
  get address(): string {
    return this.link;
  }

  async start(port = 0): Promise<void> {
    const args = ['serve', '--no-open', '--port', String(port), '--home', this.home];
    const child = spawn(process.execPath, [join(root, 'out/main/espalier.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.link = await new Promise((resolve, reject) => {
      let text = '';
      child.stderr?.on('data', (data) => {
        text += data;
        const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(text)?.[0];
        if (found) resolve(found);
      });
      child.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${text}`)));
    });
  }

  /** @returns the exit code, or null where the signal killed it */
  stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null) return Promise.resolve(child?.exitCode ?? null);
    return new Promise((resolve) => {
      child.once('exit', (code) => resolve(code));
      child.kill(signal);
    });
  }

  /** Starts again where it was, as the same address. */
  async restart(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const { port } = this;
    await this.stop(signal);
    await this.start(port);
  }

  async open(hash = '#/', options: WindowOptions = {}): Promise<OpenWindow> {
    this.browser ??= await openBrowser();
    const context = await this.browser.newContext({
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      colorScheme: options.scheme ?? 'light',
      contrast: options.isHighContrast ? 'more' : 'no-preference',
      forcedColors: options.hasForcedColours ? 'active' : 'none',
      deviceScaleFactor: options.scale ?? 1,
    });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) errors.push(message.text());
    });
    await page.goto(this.link);
    if (hash !== '#/') await page.goto(this.at(hash));
    return { page, errors };
  }

  async close(): Promise<void> {
    await this.browser?.close();
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Names of axe's serious and critical findings, with the elements. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's policy forbids added scripts, so axe goes in by the debugger.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Violation {
      id: string;
      impact: string;
      nodes: { target: unknown[] }[];
    }
    const { violations } = await (
      window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } }
    ).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ target }) => String(target))
            .join(', ')}`,
      );
  });
}
