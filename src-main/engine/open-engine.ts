/** Picks the engine for a device. Runtimes are loaded only when they are asked for. */
import type { ComputeSettings } from '../contract/compute.ts';
import type { TrainingEngine } from './engine.ts';

export async function openEngine({ device, threads }: ComputeSettings): Promise<TrainingEngine> {
  if (device === 'reference') return (await import('./reference-engine.ts')).referenceEngine;
  return (await import('./onnxruntime-engine.ts')).onnxRuntimeEngine({ device, threads });
}
