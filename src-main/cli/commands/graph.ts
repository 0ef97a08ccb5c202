/** `espalier graph export`: a training program as an .onnx file. */
import type { Command } from 'commander';
import { MAX_LAYERS, MAX_VOCABULARY } from '../../contract/architecture.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { GraphExport } from '../../service/export-graph.ts';
import type { ContextOf } from '../command-context.ts';
import { oneOf, pathValue, realNumber, wholeNumber } from '../number-options.ts';

const PROGRAMS = ['step', 'gradients', 'evaluation'] as const;
const FLAVORS = ['portable', 'cpu'] as const;

interface ShapeOptions {
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly context?: number;
  readonly vocabulary?: number;
  readonly mlpRatio?: number;
  readonly activation?: string;
  readonly batchSize?: number;
}

interface ExportOptions extends ShapeOptions {
  readonly out: string;
  readonly study?: string;
  readonly model: 'source' | 'target';
  readonly program: (typeof PROGRAMS)[number];
  readonly flavor: (typeof FLAVORS)[number];
  readonly loop?: true;
}

const SHAPE_FLAGS: Readonly<Record<keyof ShapeOptions, string>> = {
  layers: '--layers',
  width: '--width',
  heads: '--heads',
  context: '--context',
  vocabulary: '--vocabulary',
  mlpRatio: '--mlp-ratio',
  activation: '--activation',
  batchSize: '--batch-size',
};

export function addGraph(program: Command, contextOf: ContextOf): void {
  const graph = program
    .command('graph')
    .summary('export training graphs')
    .description('Export training graphs.');
  graph
    .command('export')
    .summary('write a training program as an .onnx file')
    .description(
      'Writes a training program as an .onnx file, for the model of a study file or one given by flags. The file holds no weights: parameters are inputs.',
    )
    .requiredOption('--out <file>', 'file to write', pathValue('--out'))
    .option('--study <file>', 'study file whose model is meant', pathValue('--study'))
    .option(
      '--model <which>',
      'model of the study: source or target',
      oneOf('--model', ['source', 'target']),
      'target',
    )
    .option('--program <name>', PROGRAMS.join(', '), oneOf('--program', PROGRAMS), 'step')
    .option('--loop', 'any number of steps inside one ONNX Loop')
    .option(
      '--flavor <name>',
      'portable: standard operators; cpu: with the fused operators of ONNX Runtime',
      oneOf('--flavor', FLAVORS),
      'portable',
    )
    .option('--layers <count>', 'layers (4)', wholeNumber('--layers', 0, MAX_LAYERS))
    .option('--width <size>', 'width (64)', wholeNumber('--width', 1, 8192))
    .option('--heads <count>', 'attention heads (4)', wholeNumber('--heads', 1, 128))
    .option('--context <tokens>', 'context length (64)', wholeNumber('--context', 1, 8192))
    .option('--vocabulary <size>', 'token ids (256)', wholeNumber('--vocabulary', 1, MAX_VOCABULARY))
    .option('--mlp-ratio <factor>', 'MLP width over width (4)', realNumber('--mlp-ratio', 0.25, 16))
    .option('--activation <name>', 'gelu or relu (gelu)', oneOf('--activation', ['gelu', 'relu']))
    .option('--batch-size <sequences>', 'sequences in a step (8)', wholeNumber('--batch-size', 1, 4096))
    .action(async (options: ExportOptions) => {
      const { exportGraph } = await import('../../service/export-graph.ts');
      const model = options.study === undefined ? await modelOfFlags(options) : await modelOfStudy(options);
      const { program: name, flavor, loop } = options;
      const exported = exportGraph({ ...model, program: name, flavor, loop: loop === true }, options.out);
      contextOf().output.result(exported, [
        `${exported.path}: ${exported.bytes} bytes, ${exported.operations} operations, ${exported.inputs} inputs, ${exported.outputs} outputs`,
        `${exported.program} (${exported.flavor}${exported.loop ? ', in a loop' : ''}) of ${exported.description}`,
      ]);
    });
}

type Model = Pick<GraphExport, 'architecture' | 'recipe' | 'evaluationBatchSize'>;

async function modelOfFlags(options: ExportOptions): Promise<Model> {
  const { architectureOfFlags, graphRecipe } = await import('../../service/export-graph.ts');
  const { layers = 4, vocabulary = 256, width = 64, heads = 4, context = 64, batchSize = 8 } = options;
  const { mlpRatio, activation } = options;
  const architecture = architectureOfFlags(
    {
      width,
      heads,
      context,
      ...(mlpRatio === undefined ? {} : { mlpRatio }),
      ...(activation === undefined ? {} : { activation }),
    },
    { layers, vocabulary },
  );
  return { architecture, recipe: graphRecipe(batchSize), evaluationBatchSize: batchSize };
}

async function modelOfStudy(options: ExportOptions): Promise<Model> {
  for (const [key, flag] of Object.entries(SHAPE_FLAGS))
    if (options[key as keyof ShapeOptions] !== undefined)
      throw new EspalierError(
        'bad-input',
        `${flag} and --study are both given; the study has its own model`,
        {
          hint: `Leave out ${flag}, or leave out --study.`,
          problems: [{ at: flag, message: 'cannot be combined with --study' }],
        },
      );
  const { readGrowthStudyFile } = await import('../../service/study-file.ts');
  const { prepareStudy, withAbsolutePaths } = await import('../../service/prepare-study.ts');
  const file = options.study!;
  const { plan } = prepareStudy(withAbsolutePaths(readGrowthStudyFile(file), file), '');
  const isTarget = options.model === 'target';
  return {
    architecture: isTarget ? plan.targetArchitecture : plan.sourceArchitecture,
    recipe: isTarget ? plan.spec.recipe : plan.spec.source.recipe,
    evaluationBatchSize: plan.spec.evaluation.batchSize,
  };
}
