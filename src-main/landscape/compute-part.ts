/** Computes one part of a probe from the models it looks at. */
import type { Architecture } from '../contract/architecture.ts';
import type { LandscapeSettings } from '../contract/landscape.ts';
import type { ProgramRunner } from '../engine/program-runner.ts';
import type { Program } from '../graph/program.ts';
import {
  earlyExitProgram,
  exitName,
  hessianVectorProgram,
  hiddenName,
  hiddenStatesProgram,
} from '../model/landscape-programs.ts';
import { evaluationProgram, gradientProgram } from '../model/training-programs.ts';
import { barrierPath } from './barriers.ts';
import { finite } from './batch-estimate.ts';
import { changedLayers, earlyExits, withoutLayer, withSwappedLayers } from './depth-use.ts';
import { filterNormalisedDirection } from './directions.ts';
import { gradientStatistics } from './gradient-noise.ts';
import type { PlannedPart } from './landscape-plan.ts';
import { ProgramOracle } from './loss-oracle.ts';
import { viewsOf } from './parameter-space.ts';
import { largestCurvature } from './sharpness.ts';
import type { Representation } from './similarity.ts';
import { similarityMatrix } from './similarity.ts';
import { lossPlaneRow, lossSlice } from './slices.ts';
import type { StudyMaterial } from './study-material.ts';
import type { ModelPoint, StudyModels } from './study-models.ts';
import { interrupted } from './study-models.ts';

export interface ComputeOptions {
  readonly material: StudyMaterial;
  readonly models: StudyModels;
  readonly runner: ProgramRunner;
  readonly settings: LandscapeSettings;
  readonly signal: AbortSignal;
  /** Told the FLOPs of every run. */
  readonly onRun: (flops: number) => void;
}

export class PartComputer {
  private readonly options: ComputeOptions;
  private readonly batches: readonly Int32Array[];
  /** One for each architecture: source and target. */
  private readonly oracles = new Map<number, ProgramOracle>();

  constructor(options: ComputeOptions) {
    this.options = options;
    this.batches = options.material.batches(options.settings.batches);
  }

  /** The result, ready for its row; throws `interrupted` between batches once the signal fired. */
  async compute(planned: PlannedPart): Promise<object> {
    const { models, settings } = this.options;
    const { seed } = this.options.material;
    const model = models.load(planned.models[0]!);
    const oracle = this.oracleOf(model);
    const { point, space, architecture } = model;
    const direction = (name: number | string): Float32Array =>
      filterNormalisedDirection(space, point, seed, name);
    switch (planned.analysis) {
      case 'slices':
        return lossSlice(oracle, point, direction(numberOf(planned.part)), { ...settings, seed });
      case 'planes': {
        const row = numberOf(planned.part);
        const plane = [direction('plane 0'), direction('plane 1')] as const;
        return lossPlaneRow(oracle, point, plane, { points: settings.planePoints, span: settings.span, row });
      }
      case 'barriers':
        return barrierPath(oracle, point, models.load(planned.models[1]!).point, { ...settings, seed });
      case 'sharpness':
        return largestCurvature(oracle, point, { ...settings, seed });
      case 'gradients':
        return gradientStatistics(oracle, point);
      case 'similarity':
        return this.similarity(model);
      case 'depth': {
        const { layers } = architecture;
        if (planned.part === 'exit') return earlyExits(await this.exits(model), seed);
        return planned.part === 'skip'
          ? changedLayers(oracle, point, { layers, change: withoutLayer, seed })
          : changedLayers(oracle, point, {
              layers: Math.max(0, layers - 1),
              change: withSwappedLayers,
              seed,
            });
      }
      default:
        return planned.analysis satisfies never;
    }
  }

  async dispose(): Promise<void> {
    for (const oracle of this.oracles.values()) await oracle.dispose();
    this.oracles.clear();
  }

  private oracleOf({ architecture, space }: ModelPoint): ProgramOracle {
    const known = this.oracles.get(architecture.layers);
    if (known) return known;
    const { runner, signal, onRun, material } = this.options;
    const { batchSize, optimizer } = material;
    const spec = { architecture, optimizer, batchSize, evaluationBatchSize: batchSize };
    const oracle = new ProgramOracle({
      runner,
      space,
      programs: {
        loss: () => evaluationProgram(spec),
        gradient: () => gradientProgram(spec),
        product: () => hessianVectorProgram(spec),
      },
      batches: this.batches,
      batchSize,
      signal,
      onRun,
    });
    this.oracles.set(architecture.layers, oracle);
    return oracle;
  }

  private async exits(model: ModelPoint): Promise<Float64Array[]> {
    const { layers } = model.architecture;
    const losses = Array.from({ length: layers + 1 }, () => new Float64Array(this.batches.length));
    await this.inspect(model, earlyExitProgram, (outputs, batch) => {
      for (let depth = 0; depth <= layers; depth++) losses[depth]![batch] = outputs.get(exitName(depth))![0]!;
    });
    return losses;
  }

  private async similarity(grown: ModelPoint): Promise<object> {
    const source = await this.hiddenStates(this.options.models.load('source'));
    const matrix = await similarityMatrix(source, await this.hiddenStates(grown));
    return {
      cka: matrix.map((row) => row.map(finite)),
      tokens: source[0]!.values.length / source[0]!.width,
    };
  }

  /** Hidden states after the embedding and after every layer, at token positions spread evenly over the batches. */
  private async hiddenStates(model: ModelPoint): Promise<Representation[]> {
    const { width, context, layers } = model.architecture;
    const perBatch = this.options.material.batchSize * context;
    const available = perBatch * this.batches.length;
    const count = Math.min(this.options.settings.tokens, available);
    const places = Array.from({ length: count }, (_, index) => Math.floor((index * available) / count));
    const states = Array.from(
      { length: layers + 1 },
      (): Representation => ({ values: new Float64Array(count * width), width }),
    );
    await this.inspect(model, hiddenStatesProgram, (outputs, batch) => {
      for (const [row, place] of places.entries()) {
        if (Math.floor(place / perBatch) !== batch) continue;
        const from = (place % perBatch) * width;
        for (const [depth, state] of states.entries())
          state.values.set(outputs.get(hiddenName(depth))!.subarray(from, from + width), row * width);
      }
    });
    return states;
  }

  /** Runs a program of the model on every batch. */
  private async inspect(
    { architecture, space, point }: ModelPoint,
    programOf: (model: { architecture: Architecture; batchSize: number }) => Program,
    onOutputs: (outputs: ReadonlyMap<string, Float32Array | Float64Array>, batch: number) => void,
  ): Promise<void> {
    const { runner, signal, onRun, material } = this.options;
    const program = await runner.compile(programOf({ architecture, batchSize: material.batchSize }));
    try {
      for (const [batch, tokens] of this.batches.entries()) {
        if (signal.aborted) throw interrupted();
        onOutputs(
          await program.run(
            new Map<string, Float32Array | Int32Array>(viewsOf(space, point)).set('tokens', tokens),
          ),
          batch,
        );
        onRun(program.flops);
      }
    } finally {
      await program.dispose();
    }
  }
}

/** The number at the end of a part's name. */
const numberOf = (part: string): number => Number(part.slice(part.lastIndexOf(' ') + 1));
