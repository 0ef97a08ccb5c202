/**
 * Nothing falls back silently: every node of the graphs that a GPU is given runs there. The runtime takes what its
 * provider lacks to the CPU without a word; its own profile says which nodes those were.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { FLAVOR_OF } from '../../src-main/engine/onnxruntime-engine.ts';
import type { RuntimeDevice, RuntimeTensor } from '../../src-main/engine/onnxruntime-runtime.ts';
import { floatTensor, int32Tensor, int64Scalar } from '../../src-main/engine/onnxruntime-runtime.ts';
import { withCandidateAxis } from '../../src-main/graph/candidate-axis.ts';
import type { Program } from '../../src-main/graph/program.ts';
import { accumulateProgram, updateProgram } from '../../src-main/model/accumulation-programs.ts';
import { scoringProgram, stepProgram } from '../../src-main/model/training-programs.ts';
import { emitLoop, emitSingle, ITERATIONS } from '../../src-main/onnx/emit-program.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { tinySpec } from './tiny-model.ts';

interface NodeEvent {
  readonly name: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

/** Number of executed nodes, and how many of each op ran on the CPU. */
async function placements(
  program: Program,
  device: RuntimeDevice,
  isLoop: boolean,
): Promise<{ nodes: number; onCpu: Record<string, number> }> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-placement-'));
  try {
    const emit = isLoop ? emitLoop : emitSingle;
    const session = await InferenceSession.create(emit(program, FLAVOR_OF[device]), {
      executionProviders: [device],
      graphOptimizationLevel: device === 'webgpu' ? 'all' : 'disabled',
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    const feeds: Record<string, RuntimeTensor> = isLoop ? { [ITERATIONS]: int64Scalar(1) } : {};
    for (const [name, { shape, dtype }] of program.graph.inputs) {
      const own = isLoop && program.sequence.includes(name) ? [1, ...shape] : shape;
      feeds[name] =
        dtype === 'i32'
          ? int32Tensor(new Int32Array(sizeOf(own)), own)
          : floatTensor(new Float32Array(sizeOf(own)).fill(0.1), own);
    }
    await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = (JSON.parse(readFileSync(join(folder, file!), 'utf8')) as NodeEvent[]).filter(
      ({ name, args }) => name.endsWith('_kernel_time') && args?.provider !== undefined,
    );
    const onCpu: Record<string, number> = {};
    for (const { args } of events)
      if (args!.provider === 'CPUExecutionProvider')
        onCpu[args!.op_name ?? '?'] = (onCpu[args!.op_name ?? '?'] ?? 0) + 1;
    return { nodes: events.length, onCpu };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function describePlacement(device: RuntimeDevice): void {
  describe(`the graphs given to ${device}`, () => {
    const spec = tinySpec({ layers: 1 });
    const relu = tinySpec({ layers: 1, activation: 'relu', tiedEmbedding: false, attentionBias: false });
    const steps: Readonly<Record<string, Program>> = {
      'a step with relu': stepProgram(relu, 'packed'),
      'a step with activations computed again': stepProgram({ ...spec, recompute: true }, 'packed'),
      'a part of a batch': accumulateProgram({ ...spec, accumulationSteps: 3 }, 'packed'),
      'the update after the parts': updateProgram(spec, 'packed'),
      'a step of three candidates': withCandidateAxis(stepProgram(spec, 'packed'), 3),
    };
    for (const [name, program] of Object.entries(steps))
      it(`leave no node to the CPU: ${name}`, async () => {
        const { nodes, onCpu } = await placements(program, device, false);
        expect(nodes).toBeGreaterThan(20);
        expect(onCpu).toEqual({});
      });

    it('leave no node of what a loop contains to the CPU: scoring', async () => {
      const { nodes, onCpu } = await placements(scoringProgram(spec, 'packed'), device, true);
      expect(nodes).toBeGreaterThan(30);
      // The loop itself and its condition are control, which CUDA takes as well.
      expect(onCpu).toEqual(device === 'cuda' ? {} : { Loop: 1, Identity: 1 });
    });
  });
}
