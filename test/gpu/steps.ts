/** What a machine with a GPU is asked to do, in order; run.ts does it. */
import type { RuntimeDevice } from '../../src-main/engine/onnxruntime-runtime.ts';

export const GPU_DEVICES = ['webgpu', 'cuda'] as const satisfies readonly RuntimeDevice[];
export type GpuDevice = (typeof GPU_DEVICES)[number];

const VITEST = ['run', '--config', 'vitest.gpu.config.ts', '--reporter=default', '--reporter=json'];

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Devices without which the step makes no sense; any of them is enough. */
  readonly needs: readonly GpuDevice[];
  readonly seconds: number;
  /** How its result is kept: its standard output as JSON or JSON lines, or the counts of a test run in `report`. */
  readonly output: 'json' | 'lines' | 'tests';
  readonly report?: string;
}

export interface StepOptions {
  readonly sizes: readonly string[];
  readonly rounds: number;
  /** Folder for reports and homes. */
  readonly folder: string;
}

/** The first step tells which devices the others can use. */
export function gpuSteps({ sizes, rounds, folder }: StepOptions): Step[] {
  const espalier = (...words: string[]): string[] => ['node', 'out/main/espalier.js', ...words, '--json'];
  return [
    {
      name: 'engines',
      command: espalier('engines', '--home', `${folder}/home`),
      needs: [],
      seconds: 300,
      output: 'json',
    },
    ...GPU_DEVICES.map(
      (device): Step => ({
        name: `contract on ${device}`,
        command: [
          'node',
          'node_modules/vitest/vitest.mjs',
          ...VITEST,
          `--outputFile.json=${folder}/contract-${device}.json`,
          `${device}.${device}.ts`,
        ],
        needs: [device],
        seconds: 600,
        output: 'tests',
        report: `${folder}/contract-${device}.json`,
      }),
    ),
    {
      name: 'step',
      command: ['node', 'test/gpu/bench-step.ts', sizes.join(','), String(rounds)],
      needs: GPU_DEVICES,
      seconds: 600,
      output: 'lines',
    },
    {
      name: 'precision',
      command: ['node', 'test/gpu/precision.ts', 'cuda'],
      needs: ['cuda'],
      seconds: 300,
      output: 'lines',
    },
    ...GPU_DEVICES.map(
      (device): Step => ({
        name: `memory on ${device}`,
        command: ['node', 'test/gpu/memory.ts', device],
        needs: [device],
        seconds: 300,
        output: 'lines',
      }),
    ),
    ...(['cpu', 'auto', ...GPU_DEVICES] as const).map(
      (device): Step => ({
        name: `demo on ${device}`,
        command: espalier(
          'study',
          'run',
          'resources/studies/demo.yaml',
          '--device',
          device,
          '--home',
          `${folder}/demo-${device}`,
        ),
        needs: device === 'cpu' ? [] : device === 'auto' ? GPU_DEVICES : [device],
        seconds: 600,
        output: 'json',
      }),
    ),
  ];
}
