/** `espalier import-curves`: recorded runs of other programs as audits of the history. */
import type { Command } from 'commander';
import { type ColumnRole, importOptionsSchema } from '../../contract/imported-curves.ts';
import type { ContextOf } from '../command-context.ts';
import { type NamedList, namedList, nameList, oneName } from '../name-options.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  readonly name?: string;
  readonly strategyColumn?: string;
  readonly stepColumn?: string;
  readonly studyColumn?: string;
  readonly seedColumn?: string;
  readonly familyColumn?: string;
  readonly tokensColumn?: string;
  readonly flopsColumn?: string;
  readonly metrics?: string[];
  readonly lowerIsBetter?: string[];
  readonly higherIsBetter?: string[];
  readonly control?: string[];
  readonly meanOf?: NamedList[];
  readonly missing?: string[];
  readonly sourceLayers?: number;
  readonly targetLayers?: number;
  readonly width?: number;
  readonly activation?: string;
  readonly corpus?: string;
}

export function addImportCurves(program: Command, contextOf: ContextOf): void {
  program
    .command('import-curves')
    .summary('make an audit of runs recorded elsewhere')
    .description(
      'Reads a CSV or Parquet table of runs (strategy, step, metrics; optional study, seed, family, tokens, flops) and stores one audit for each study and seed. Prints how well each metric at each step ranks the strategies as they end. The same file and options are the same audit.',
    )
    .argument('<file>', 'CSV with a header, or Parquet')
    .option('--name <name>', 'name of the audits; the name of the file when left out', oneName('--name'))
    .option('--strategy-column <name>', 'column of the strategy', oneName('--strategy-column'))
    .option('--step-column <name>', 'column of the training step', oneName('--step-column'))
    .option('--study-column <name>', 'column of the study', oneName('--study-column'))
    .option('--seed-column <name>', 'column of the seed', oneName('--seed-column'))
    .option('--family-column <name>', 'column of the growth operator', oneName('--family-column'))
    .option('--tokens-column <name>', 'column of the training tokens', oneName('--tokens-column'))
    .option('--flops-column <name>', 'column of the training FLOPs', oneName('--flops-column'))
    .option('--metrics <names>', 'columns that are metrics; every other numeric one', nameList('--metrics'))
    .option('--lower-is-better <names>', 'metrics of which less is better', nameList('--lower-is-better'))
    .option('--higher-is-better <names>', 'metrics of which more is better', nameList('--higher-is-better'))
    .option(
      '--control <names>',
      'strategies that are not ranked (Base, scratch); or none',
      nameList('--control'),
    )
    .option(
      '--mean-of <name=a,b>',
      'adds a metric that is the mean of others; the mean of all accuracies when left out; or none',
      meanOption,
    )
    .option('--missing <words>', 'cells that mean no finite value, such as NaN', nameList('--missing'))
    .option('--source-layers <count>', 'layers before growing', wholeNumber('--source-layers', 0, 1_000_000))
    .option('--target-layers <count>', 'layers after growing', wholeNumber('--target-layers', 0, 1_000_000))
    .option('--width <count>', 'width of the model', wholeNumber('--width', 0, 1_000_000))
    .option('--activation <name>', 'activation of the model', oneName('--activation'))
    .option('--corpus <name>', 'what the runs trained on', oneName('--corpus'))
    .action(async (file: string, options: Options) => {
      const { output, home } = contextOf();
      const { resolveHome } = await import('../../service/home.ts');
      const { importCurves } = await import('../../service/import-curves.ts');
      const { importDigest, importSentences, importTables } = await import('../../service/import-digest.ts');
      const result = await importCurves(resolveHome(home), file, toImportOptions(options));
      output.result(importDigest(result), [
        ...importSentences(result),
        ...result.audits.flatMap((audit) =>
          importTables(audit).flatMap(({ title, table, notes }) => [
            '',
            output.styled('bold', title),
            ...output.table(table),
            ...notes,
          ]),
        ),
      ]);
    });
}

function meanOption(text: string, before: NamedList[] | undefined): NamedList[] {
  return text === 'none' && before === undefined ? [] : namedList('--mean-of')(text, before);
}

function toImportOptions(options: Options) {
  const columns: Partial<Record<ColumnRole, string | undefined>> = {
    strategy: options.strategyColumn,
    step: options.stepColumn,
    study: options.studyColumn,
    seed: options.seedColumn,
    family: options.familyColumn,
    tokens: options.tokensColumn,
    flops: options.flopsColumn,
  };
  const isNone = options.control?.length === 1 && options.control[0] === 'none';
  return importOptionsSchema.parse({
    name: options.name,
    columns: Object.fromEntries(Object.entries(columns).filter(([, column]) => column !== undefined)),
    metrics: options.metrics,
    lowerIsBetter: options.lowerIsBetter,
    higherIsBetter: options.higherIsBetter,
    controls: isNone ? [] : options.control,
    means: options.meanOf,
    missing: options.missing,
    facts: {
      sourceLayers: options.sourceLayers,
      targetLayers: options.targetLayers,
      width: options.width,
      activation: options.activation,
      corpus: options.corpus,
    },
  });
}
