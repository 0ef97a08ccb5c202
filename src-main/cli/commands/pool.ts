/** `espalier pool …`: the pools that come with the program. */
import type { Command } from 'commander';
import { MAX_LAYERS } from '../../contract/architecture.ts';
import type { ContextOf } from '../command-context.ts';
import { wholeNumber } from '../number-options.ts';

export function addPool(program: Command, contextOf: ContextOf): void {
  const pool = program
    .command('pool')
    .summary('look at pools')
    .description('Look at pools of growing strategies.');
  pool
    .command('list')
    .summary('list the pools')
    .description('Lists the pools that come with the program.')
    .action(async () => {
      const { output } = contextOf();
      const { listPools } = await import('../../service/pool-view.ts');
      const pools = listPools();
      output.result(
        { pools },
        output.table({
          header: ['pool', 'strategies', 'controls', 'description'],
          rows: pools.map((one) => [one.name, String(one.strategies), String(one.controls), one.description]),
          textColumns: 1,
          marked: null,
        }),
      );
    });

  pool
    .command('show')
    .summary('show what each strategy of a pool would do')
    .description(
      'Shows the layer plan of every strategy: 3 copies source layer 3, 3* copies it as an identity, r is random, z zero.',
    )
    .argument('<name>', 'name of a pool')
    .option('--from <layers>', 'depth of the source', wholeNumber('--from', 0, MAX_LAYERS), 4)
    .option('--to <layers>', 'depth of the target', wholeNumber('--to', 1, MAX_LAYERS), 8)
    .action(async (name: string, options: { from: number; to: number }) => {
      const { output } = contextOf();
      const { viewPool } = await import('../../service/pool-view.ts');
      const view = viewPool(name, options.from, options.to);
      const rows = view.candidates.map((one) => [
        one.isControl ? `${one.strategy} (control)` : one.strategy,
        one.operator,
        one.exactness,
        one.plan,
      ]);
      output.result(view, [
        `${view.name}: ${view.from} to ${view.to} layers`,
        ...output.table({
          header: ['strategy', 'operator', 'keeps the function', 'plan'],
          rows,
          textColumns: 3,
          marked: null,
        }),
        ...view.duplicates.map(({ strategy, sameAs }) => `${strategy} grows the same model as ${sameAs}.`),
        ...view.refusals.map(({ strategy, message }) => `${strategy} cannot be applied: ${message}`),
      ]);
    });
}
