/**
 * Looks whether everything the program needs works here, by using it: the database in a temporary folder, a
 * training step in a trainer process, the home folder. Nothing is left behind, and the home folder is not made.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { TrainerLauncher } from '../training/trainer-pool.ts';
import { reportDevices } from './engines.ts';
import type { Home } from './home.ts';
import { coreCount, installedVersion } from './machine.ts';
import { isOlder, OLDEST_NODE } from './node-version.ts';
import { nearestFolder } from './size-limits.ts';

export interface Check {
  readonly name: string;
  /** `broken`: studies cannot run. `warning`: they can, with a drawback. */
  readonly state: 'ok' | 'warning' | 'broken';
  readonly detail: string;
  readonly hint: string | null;
}

const LEAST_FREE_BYTES = 2 ** 30;

export interface DoctorOptions {
  readonly home: Home;
  readonly launcher: (threads: number) => TrainerLauncher;
  /** Told before each check begins. */
  readonly onCheck?: (name: string) => void;
}

/** All checks in a fixed order; none throws. */
export async function examine(options: DoctorOptions): Promise<Check[]> {
  const tell = options.onCheck ?? (() => {});
  const checks: Check[] = [];
  const run = async (name: string, check: () => Promise<Finding> | Finding): Promise<void> => {
    tell(name);
    try {
      const finding = await check();
      checks.push({ name, hint: null, ...finding });
    } catch (error) {
      const hint = error instanceof EspalierError ? (error.hint ?? null) : null;
      checks.push({ name, state: 'broken', detail: messageOf(error), hint });
    }
  };
  await run('Node.js', nodeVersion);
  await run('history (better-sqlite3)', openTemporaryHistory);
  const devices = await reportDevices(options.launcher, ['cpu', 'webgpu']);
  const [cpu, webgpu] = devices;
  await run('trainer process', () =>
    cpu?.trainerAnswered
      ? { state: 'ok', detail: 'starts and answers' }
      : { state: 'broken', detail: cpu?.reason ?? 'not tried', hint: 'Install the program again.' },
  );
  await run('training on the CPU', () => ({
    state: cpu?.available ? 'ok' : 'broken',
    detail: cpu?.available ? `as the reference engine, with ${cpu.reason}` : (cpu?.reason ?? 'not tried'),
    hint: cpu?.hint ?? null,
  }));
  await run('training on WebGPU', () => ({
    state: webgpu?.available ? 'ok' : 'warning',
    detail: [webgpu?.reason ?? 'not tried', ...vulkanSettings()].join('; '),
    hint: webgpu?.hint ?? null,
  }));
  await run('home folder', () => homeFolder(options.home));
  await run('disk space', () => diskSpace(options.home));
  await run('machine', () => ({
    state: 'ok',
    detail: `${coreCount()} core${coreCount() === 1 ? '' : 's'}, ${gibibytes(totalmem())} memory, ${gibibytes(freemem())} free`,
  }));
  return checks;
}

type Finding = Omit<Check, 'name' | 'hint'> & { readonly hint?: string | null };

function nodeVersion(): Finding {
  const { node } = process.versions;
  return isOlder(node, OLDEST_NODE)
    ? {
        state: 'broken',
        detail: `${node}; at least ${OLDEST_NODE} is needed`,
        hint: 'Install a newer Node.js.',
      }
    : { state: 'ok', detail: node };
}

async function openTemporaryHistory(): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-doctor-'));
  try {
    // Loaded here, so that a package that is missing is a finding and not the end of the examination.
    const { openHistory } = await import('../history/open-history.ts');
    const history = openHistory(folder, { mode: 'write' });
    history.listStudies();
    history.close();
    return { state: 'ok', detail: `better-sqlite3 ${installedVersion('better-sqlite3')} opens a database` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function homeFolder({ folder }: Home): Finding {
  const hint = 'Choose another folder with --home DIR or ESPALIER_HOME.';
  if (!existsSync(folder)) {
    const parent = nearestFolder(folder);
    accessSync(parent, constants.W_OK);
    if (!statSync(parent).isDirectory())
      return { state: 'broken', detail: `${folder} cannot be made: ${parent} is no folder`, hint };
    return { state: 'ok', detail: `${folder} will be made by the first study` };
  }
  if (!statSync(folder).isDirectory()) return { state: 'broken', detail: `${folder} is no folder`, hint };
  const file = join(folder, `.espalier-doctor-${process.pid}`);
  try {
    writeFileSync(file, '', { flag: 'wx' });
  } catch (error) {
    return { state: 'broken', detail: `${folder} cannot be written: ${messageOf(error)}`, hint };
  } finally {
    rmSync(file, { force: true });
  }
  return { state: 'ok', detail: `${folder} can be written` };
}

function diskSpace({ folder }: Home): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(folder));
  const free = bavail * bsize;
  return free < LEAST_FREE_BYTES
    ? {
        state: 'warning',
        detail: `${gibibytes(free)} free for the home folder`,
        hint: 'Checkpoints need space: twelve bytes for each parameter and run. Free some, or move the home folder.',
      }
    : { state: 'ok', detail: `${gibibytes(free)} free for the home folder` };
}

function vulkanSettings(): string[] {
  return ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']
    .filter((name) => process.env[name])
    .map((name) => `${name} is ${process.env[name]}`);
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
