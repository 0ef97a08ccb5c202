/**
 * The built desktop program without Electron's binary: its main process on a fake of Electron's API with the real
 * service in a worker, and its preload script in a bare global as the sandbox gives it. What only a real window can
 * show is in electron/real-window.test.ts, which runs where the binary is.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import vm from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './built-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-desktop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the desktop program', () => {
  it('opens one safe window on the service, tells of work, survives crashes, and asks before it quits', async () => {
    const study = join(root, 'test/e2e/tiny-study.yaml');
    const bad = join(folder, 'bad.yaml');
    const pdf = join(folder, 'report.pdf');
    writeFileSync(bad, Buffer.from([0xff, 0xfe, 0]));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, 'electron/desktop.mjs'), join(root, 'out/main/main.js'), study, bad, pdf],
      { env: { ...process.env, ESPALIER_HOME: join(folder, 'home') }, timeout: 120_000 },
    );
    const facts = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(facts.preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    });
    expect(facts.channel).toBe('service-port');
    expect(facts.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(facts).toMatchObject({ filesBefore: 0, opened: 'tiny-study.yaml', filesAfter: 2 });
    expect(facts.notification).toBe('tiny is finished');
    expect(facts.refused).toBe('bad.yaml cannot be opened');
    expect(facts.reloads).toBe(1);
    expect(facts.isNavigationPrevented).toBe(true);
    expect(facts.newWindows).toBe('deny');
    expect(facts.permissions).toEqual([false, false, true]);
    expect(facts.menu).toEqual(expect.arrayContaining(['New Study', 'Open Study File…', 'recentDocuments']));
    expect(facts.command).toEqual(['command', 'new']);
    expect(facts.menuKeys).toEqual(['CmdOrCtrl+Shift+Left', null, 'CmdOrCtrl+K']);
    expect(facts.shownFolder).toBe(join(folder, 'home'));
    expect(facts.pdf).toBe(pdf);
    expect(readFileSync(pdf, 'latin1')).toMatch(/^%PDF/);
    expect(facts.jobsAfterCrash).toBeGreaterThanOrEqual(0);
    expect(facts.stayed).toBe(true);
    expect(facts.questions).toContain('second tiny is running.');
  });

  it('gives the page five functions and no more', () => {
    const sent: unknown[][] = [];
    const posted: unknown[][] = [];
    const listeners = new Map<string, (event: unknown, ...args: unknown[]) => void>();
    let exposed: Record<string, (...args: never[]) => unknown> = {};
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name: string, api: typeof exposed) => {
          expect(name).toBe('espalierHost');
          exposed = api;
        },
      },
      ipcRenderer: {
        on: (channel: string, listener: (event: unknown, ...args: unknown[]) => void) =>
          listeners.set(channel, listener),
        send: (...args: unknown[]) => sent.push(args),
        invoke: async (...args: unknown[]) => args,
      },
    };
    const sandbox = {
      require: (name: string) => {
        if (name !== 'electron') throw new Error(`module not found: ${name}`);
        return electron;
      },
      window: { postMessage: (...args: unknown[]) => posted.push(args) },
      module: { exports: {} },
      exports: {},
    };
    vm.runInNewContext(readFileSync(join(root, 'out/preload/preload.cjs'), 'utf8'), sandbox);
    expect(Object.keys(exposed).sort()).toEqual([
      'connect',
      'listen',
      'printToPdf',
      'showFolder',
      'showKeys',
    ]);
    exposed.connect?.();
    listeners.get('service-port')?.({ ports: ['port'] });
    expect(posted).toEqual([['espalier-service-port', '*', ['port']]]);
    const commands: string[] = [];
    const files: unknown[] = [];
    exposed.listen?.(
      ((name: string) => commands.push(name)) as never,
      ((file: unknown) => files.push(file)) as never,
    );
    listeners.get('command')?.({}, 'new');
    listeners.get('command')?.({}, 'formatDisk');
    listeners.get('opened-file')?.({}, { name: 'a.yaml', text: 'x' });
    expect(commands).toEqual(['new']);
    expect(files).toEqual([{ name: 'a.yaml', text: 'x' }]);
    expect(sent).toEqual([['connect'], ['ready']]);
  });
});
