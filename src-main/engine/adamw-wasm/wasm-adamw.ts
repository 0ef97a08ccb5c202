/**
 * The training state of one run in one WebAssembly memory, and AdamW over it (adamw.wat). Parameters, both
 * moments and gradients are four equally laid-out regions: the groups one after the other, in each decayed tensors
 * first, frozen tensors last. So a step is two calls for each group over contiguous memory, and the runtime reads parameters and writes gradients in place through views.
 */
import type { Architecture } from '../../contract/architecture.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { AdamWSettings, StepScalars } from '../../model/adamw.ts';
import { CLIP_EPSILON } from '../../model/adamw.ts';
import type { ParameterGroups } from '../../model/parameter-groups.ts';
import { groupIndexes } from '../../model/parameter-groups.ts';
import type { ParameterSpec } from '../../model/parameter-layout.ts';
import { parameterLayout } from '../../model/parameter-layout.ts';
import { ADAMW_MODULE_BASE64 } from './adamw-bytes.ts';

/** Tensors begin at whole cache lines: aligned vector loads for the runtime and for the optimizer. */
const ALIGNMENT_BYTES = 64;
const PAGE_BYTES = 65_536;
/** What one WebAssembly memory with 32-bit addresses can hold. */
const LIMIT_BYTES = 2 ** 32;
const REGIONS = 4;

/** Where tensors lie inside each of the four regions. */
export interface StateLayout {
  /** Offset of each parameter from the start of a region. */
  readonly offsetBytes: ReadonlyMap<string, number>;
  readonly sizes: ReadonlyMap<string, number>;
  /** The groups' parts of a region; in each the parameters that decay come first. */
  readonly groups: readonly {
    readonly startBytes: number;
    readonly decayedEndBytes: number;
    readonly endBytes: number;
  }[];
  /** End of the last group; frozen parameters follow. */
  readonly learningBytes: number;
  readonly regionBytes: number;
}

/** @throws EspalierError `bad-input` for groups that are none of the architecture's */
export function stateLayout(architecture: Architecture, groups?: ParameterGroups): StateLayout {
  const parameters = parameterLayout(architecture);
  const groupOf = groupIndexes(architecture, groups);
  const offsetBytes = new Map<string, number>();
  let end = 0;
  const place = (isHere: (parameter: ParameterSpec) => boolean): number => {
    for (const { name, size } of parameters.filter(isHere)) {
      offsetBytes.set(name, end);
      end += Math.ceil((4 * size) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    }
    return end;
  };
  const parts = Array.from({ length: groups?.length ?? 1 }, (_, group) => ({
    startBytes: end,
    decayedEndBytes: place(({ name, decays }) => groupOf.get(name) === group && decays),
    endBytes: place(({ name, decays }) => groupOf.get(name) === group && !decays),
  }));
  const learningBytes = end;
  const regionBytes = place(({ name }) => !groupOf.has(name));
  return {
    offsetBytes,
    sizes: new Map(parameters.map(({ name, size }) => [name, size])),
    groups: parts,
    learningBytes,
    regionBytes,
  };
}

/**
 * Memory for the state of `architecture`: never grown later, since growing would detach the views.
 * @throws EspalierError `refused` when it is larger than one WebAssembly memory or than the machine gives
 */
function allocate(layout: StateLayout): WebAssembly.Memory {
  const bytes = REGIONS * layout.regionBytes;
  const gibibytes = (bytes / 2 ** 30).toFixed(1);
  const hint =
    'Grow to a smaller model, or train on device webgpu or cuda, which keep their state elsewhere.';
  if (bytes > LIMIT_BYTES)
    throw new EspalierError(
      'refused',
      `The training state of this model takes ${gibibytes} GiB on the CPU; it must fit into ${LIMIT_BYTES / 2 ** 30} GiB`,
      { hint },
    );
  const pages = Math.ceil(bytes / PAGE_BYTES);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new EspalierError(
      'refused',
      `The training state of this model takes ${gibibytes} GiB; the machine has no such block of memory free`,
      { hint, cause },
    );
  }
}

/** The functions of adamw.wat; addresses and lengths in bytes. */
interface AdamWFunctions {
  sumOfSquares(x: number, bytes: number): number;
  update(
    p: number,
    m: number,
    v: number,
    g: number,
    bytes: number,
    factor: number,
    beta1: number,
    beta1Rest: number,
    beta2: number,
    beta2Rest: number,
    kept: number,
    stepSize: number,
    rootScale: number,
    epsilon: number,
  ): void;
}

let compiled: WebAssembly.Module | undefined;

function instantiate(memory: WebAssembly.Memory): AdamWFunctions {
  compiled ??= new WebAssembly.Module(Buffer.from(ADAMW_MODULE_BASE64, 'base64'));
  const instance = new WebAssembly.Instance(compiled, { state: { memory } });
  return instance.exports as unknown as AdamWFunctions;
}

export class WasmAdamW {
  /** Views of the four regions by parameter name; all share one buffer, and writing to them is meant. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly momentM: ReadonlyMap<string, Float32Array>;
  readonly momentV: ReadonlyMap<string, Float32Array>;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  private readonly settings: AdamWSettings;
  private readonly layout: StateLayout;
  private readonly functions: AdamWFunctions;

  /**
   * Everything zero at first.
   * @throws EspalierError `refused` when the state does not fit into one WebAssembly memory (4 GiB, about 268
   *   million parameters) or into the machine
   */
  constructor(architecture: Architecture, settings: AdamWSettings, groups?: ParameterGroups) {
    this.settings = settings;
    this.layout = stateLayout(architecture, groups);
    const memory = allocate(this.layout);
    this.functions = instantiate(memory);
    const { offsetBytes, sizes, regionBytes } = this.layout;
    const views = (region: number): Map<string, Float32Array> =>
      new Map(
        Array.from(offsetBytes, ([name, offset]) => [
          name,
          new Float32Array(memory.buffer, region * regionBytes + offset, sizes.get(name)!),
        ]),
      );
    this.parameters = views(0);
    this.momentM = views(1);
    this.momentV = views(2);
    this.gradients = views(3);
  }

  /** All gradients zero, for those that are summed up over parts of a batch. */
  clearGradients(): void {
    for (const gradient of this.gradients.values()) gradient.fill(0);
  }

  /**
   * One step of clipping and AdamW from the gradients in memory, with one set of scalars for each group; the same
   * mathematics in the same order as model/adamw.ts. Returns the global gradient norm before clipping.
   */
  step(scalars: readonly StepScalars[]): number {
    const { clipNorm, weightDecay } = this.settings;
    const { groups, learningBytes, regionBytes } = this.layout;
    const norm = Math.sqrt(this.functions.sumOfSquares(3 * regionBytes, learningBytes));
    const factor = Math.min(1, clipNorm / (norm + CLIP_EPSILON));
    const { fround } = Math;
    for (const [index, { startBytes, decayedEndBytes, endBytes }] of groups.entries()) {
      const { learningRate, correction1, correction2 } = scalars[index]!;
      const rate = fround(learningRate);
      const stepSize = fround(rate / fround(correction1));
      const rootScale = fround(1 / fround(Math.sqrt(fround(correction2))));
      const kept = fround(1 - fround(rate * fround(weightDecay)));
      this.update(startBytes, decayedEndBytes, factor, kept, stepSize, rootScale);
      this.update(decayedEndBytes, endBytes, factor, 1, stepSize, rootScale);
    }
    return norm;
  }

  /** The update of the part of every region between two offsets. Scalars are rounded to float32 on entry. */
  private update(
    startBytes: number,
    endBytes: number,
    factor: number,
    kept: number,
    stepSize: number,
    rootScale: number,
  ): void {
    const { regionBytes } = this.layout;
    const { beta1, beta2, epsilon } = this.settings;
    this.functions.update(
      startBytes,
      regionBytes + startBytes,
      2 * regionBytes + startBytes,
      3 * regionBytes + startBytes,
      endBytes - startBytes,
      factor,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      kept,
      stepSize,
      rootScale,
      epsilon,
    );
  }
}
