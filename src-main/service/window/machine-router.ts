/** Facts about this program and machine for the window. */
import { implement } from '@orpc/server';
import { machineContract } from '../../contract/window/machine.ts';
import { coreCount, programManifest } from '../machine.ts';
import type { WindowContext } from './context.ts';

export function machineRouter({ home, serviceId }: WindowContext) {
  const { facts } = implement(machineContract);
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
  };
}
