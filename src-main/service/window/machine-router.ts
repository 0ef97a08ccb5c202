/** Facts about this program and machine for the window. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { parseStudy } from '../../contract/study-text.ts';
import { type DeviceFacts, machineContract } from '../../contract/window/machine.ts';
import { makeCheckpointFolder } from '../checkpoint-folder.ts';
import { coreCount, programManifest } from '../machine.ts';
import { resourcePath } from '../resource-files.ts';
import type { WindowContext } from './context.ts';
import { storageHealth, watchStorageHealth } from './storage-health.ts';

export function machineRouter({ home, reader, launcher, serviceId }: WindowContext) {
  const { facts, examples, watchHealth, forgetCheckpoints, testDevices } = implement(machineContract);
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
    watchHealth: watchHealth.handler(({ signal }) => watchStorageHealth(home, reader, signal)),
    forgetCheckpoints: forgetCheckpoints.handler(() => {
      makeCheckpointFolder(home);
      return storageHealth(home, reader);
    }),
    testDevices: testDevices.handler(async function* ({ signal }): AsyncGenerator<DeviceFacts> {
      const { testEachDevice } = await import('../engines.ts');
      const { measureSpeed } = await import('../device-speed.ts');
      for await (const { device, available, reason, hint } of testEachDevice(launcher(1), signal))
        yield {
          device,
          isAvailable: available,
          reason,
          hint,
          speed: available ? await measureSpeed(device, launcher(1), signal) : null,
        };
    }),
  };
}
