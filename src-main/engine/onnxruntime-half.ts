/** Whether a GPU computes in float16 at all: that is told by the first kernel that needs it, so one is run. */
import { EspalierError, messageOf } from '../contract/errors.ts';
import { Emitter, int } from '../onnx/emitter.ts';
import { ELEMENT_CODES, HALF_CODES, modelBytes } from '../onnx/protobuf.ts';
import { createSession, floatTensor } from './onnxruntime-runtime.ts';

/** @throws EspalierError `refused` where the adapter of WebGPU has no float16 */
export async function requireHalfOnWebgpu(): Promise<void> {
  const e = new Emitter('portable');
  const half = e.emit('Cast', ['x'], { to: int(HALF_CODES.float16) });
  const y = e.emit('Cast', [e.emit('Add', [half, half])], { to: int(ELEMENT_CODES.f32) });
  const value = (name: string) => ({ name, type: 'f32', shape: [4] }) as const;
  const bytes = modelBytes(
    { name: 'half', nodes: e.nodes, initializers: e.initializers, inputs: [value('x')], outputs: [value(y)] },
    {},
  );
  const session = await createSession(bytes, 'webgpu', 1);
  try {
    await session.run({ x: floatTensor(new Float32Array(4), [4]) });
  } catch (error) {
    throw new EspalierError(
      'refused',
      `precision is float16; the GPU or its driver has no such numbers (${messageOf(error).split('\n')[0]})`,
      { hint: 'Leave compute.precision out.', cause: error },
    );
  } finally {
    await session.release();
  }
}
