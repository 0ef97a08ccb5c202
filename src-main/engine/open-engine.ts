/** Picks the engine for a device. Runtimes are loaded only when they are asked for. */
import type { ComputeSettings } from '../contract/compute.ts';
import type { TrainingEngine } from './engine.ts';

/** @throws EspalierError `refused` when the device's runtime is not installed */
export async function openEngine({ device, threads }: ComputeSettings): Promise<TrainingEngine> {
  switch (device) {
    case 'reference':
      return (await import('./reference-engine.ts')).referenceEngine;
    case 'native':
      return (await import('./native-engine.ts')).nativeEngine({ threads });
    case 'cpu':
    case 'webgpu':
    case 'cuda':
      return (await import('./onnxruntime-engine.ts')).onnxRuntimeEngine({ device, threads });
    default:
      return (await import('./tensorflow-engine.ts')).tensorflowEngine({ device, threads });
  }
}
