/** Facts about this program and machine for the window. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { parseStudy } from '../../contract/study-text.ts';
import { machineContract } from '../../contract/window/machine.ts';
import { coreCount, programManifest } from '../machine.ts';
import { resourcePath } from '../resource-files.ts';
import type { WindowContext } from './context.ts';

export function machineRouter({ home, launcher, serviceId }: WindowContext) {
  const { facts, examples, devices } = implement(machineContract);
  return {
    facts: facts.handler(() => ({
      version: programManifest().version,
      node: process.versions.node,
      electron: process.versions.electron ?? null,
      platform: `${process.platform}-${process.arch}`,
      cores: coreCount(),
      homeFolder: home.folder,
      serviceId,
    })),
    examples: examples.handler(() => {
      const folder = resourcePath('studies');
      return readdirSync(folder)
        .filter((file) => file.endsWith('.yaml'))
        .sort()
        .map((file) => {
          const text = readFileSync(join(folder, file), 'utf8');
          return { id: file.slice(0, -'.yaml'.length), name: parseStudy({ path: file, text }).name, text };
        });
    }),
    devices: devices.handler(async () => {
      const { reportDevices } = await import('../engines.ts');
      return (await reportDevices(launcher)).map(({ device, available, reason, hint }) => ({
        device,
        isAvailable: available,
        reason,
        hint,
      }));
    }),
  };
}
