/** The training graph as an .onnx file, to open in Netron or run elsewhere. It holds no weights: they are inputs. */
import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Architecture } from '../contract/architecture.ts';
import { MAX_LAYERS, MAX_VOCABULARY, modelShapeSchema } from '../contract/architecture.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { expectationOf, fieldProblems } from '../contract/field-problems.ts';
import type { Recipe } from '../contract/recipe.ts';
import { recipeSchema } from '../contract/recipe.ts';
import { writeDurably } from '../data/durable-file.ts';
import type { Program } from '../graph/program.ts';
import { describeArchitecture } from '../model/architecture.ts';
import { countParameters } from '../model/parameter-layout.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import { evaluationProgram, gradientProgram, stepProgram } from '../model/training-programs.ts';
import { emitLoop, emitSingle } from '../onnx/emit-program.ts';

const PROGRAMS = {
  step: stepProgram,
  gradients: gradientProgram,
  evaluation: evaluationProgram,
} as const satisfies Record<string, (spec: TrainingSpec) => Program>;

export type ProgramName = keyof typeof PROGRAMS;
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[];

/** `portable` uses standard operators only; `cpu` the fused forms of ONNX Runtime on a CPU. */
export const GRAPH_FLAVORS = ['portable', 'cpu'] as const;
export type GraphFlavor = (typeof GRAPH_FLAVORS)[number];

export interface GraphExport {
  readonly architecture: Architecture;
  readonly recipe: Recipe;
  /** Sequences in a batch of the evaluation program. */
  readonly evaluationBatchSize: number;
  readonly program: ProgramName;
  readonly flavor: GraphFlavor;
  /** Any number of iterations inside one ONNX Loop, as a study runs it, instead of one. */
  readonly loop: boolean;
}

export interface ExportedGraph {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly program: ProgramName;
  readonly flavor: GraphFlavor;
  readonly loop: boolean;
  readonly operations: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly parameters: number;
  readonly architecture: Architecture;
  readonly description: string;
}

/**
 * Builds the graph and writes it to `path`.
 * @throws EspalierError `bad-input` when the path is a folder or its folder is not there
 */
export function exportGraph(options: GraphExport, path: string): ExportedGraph {
  const { architecture, recipe, evaluationBatchSize, flavor, loop } = options;
  const target = resolve(path);
  requireWritable(target);
  const program = PROGRAMS[options.program]({
    architecture,
    optimizer: { ...recipe.adam, clipNorm: recipe.clipNorm },
    batchSize: recipe.batchSize,
    evaluationBatchSize,
  });
  const bytes = loop ? emitLoop(program, flavor) : emitSingle(program, flavor);
  const file = writeDurably(dirname(target), [bytes], () => basename(target));
  return {
    path: file.path,
    bytes: file.bytes,
    hash: file.hash,
    program: options.program,
    flavor,
    loop,
    operations: program.graph.nodes.filter((node) => node.op !== 'input').length,
    inputs: program.graph.inputs.size,
    outputs: program.graph.outputs.size,
    parameters: countParameters(architecture),
    architecture,
    description: describeArchitecture(architecture),
  };
}

/**
 * An architecture from single values, as flags give them.
 * @param shape fields of the model shape; missing ones take their defaults
 * @throws EspalierError `bad-input` naming the flag, the value and what is allowed
 */
export function architectureOfFlags(
  shape: Readonly<Record<string, unknown>>,
  { layers, vocabulary }: { readonly layers: number; readonly vocabulary: number },
): Architecture {
  const parsed = modelShapeSchema.safeParse(shape, { error: expectationOf });
  if (parsed.success) return { ...parsed.data, layers, vocabulary };
  const problems = fieldProblems(parsed.error.issues, shape).map(({ path: field, message }) => ({
    at: `--${field
      .map(String)
      .join('.')
      .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    message,
  }));
  throw new EspalierError('bad-input', problems.map(({ at, message }) => `${at} ${message}`).join('\n'), {
    problems,
  });
}

/** Limits of the two sizes that are not part of a model shape. */
export const ARCHITECTURE_LIMITS = { layers: MAX_LAYERS, vocabulary: MAX_VOCABULARY } as const;

/** The recipe of a graph that belongs to no study. */
export const graphRecipe = (batchSize: number): Recipe => recipeSchema.parse({ batchSize });

function requireWritable(path: string): void {
  const obstacle = obstacleAt(path);
  if (obstacle === null) return;
  throw new EspalierError('bad-input', `--out ${path}: ${obstacle}`, {
    hint: 'Name a file such as step.onnx in a folder that is there.',
    problems: [{ at: '--out', message: obstacle }],
  });
}

function obstacleAt(path: string): string | null {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return 'it is a folder; it must be a file';
    const parent = statSync(dirname(path), { throwIfNoEntry: false });
    if (!parent) return 'its folder is not there';
    return parent.isDirectory() ? null : 'the path of its folder is a file';
  } catch (error) {
    return messageOf(error);
  }
}
