/** `espalier demo`: the study that comes with the program, start to report. */
import type { Command } from 'commander';
import type { ContextOf } from '../command-context.ts';
import { commandToRepeat } from '../command-context.ts';
import { pathValue, wholeNumber } from '../number-options.ts';

const MAX_SEED = 2 ** 31 - 1;

export function addDemo(program: Command, contextOf: ContextOf): void {
  program
    .command('demo')
    .summary('choose among twelve growing strategies in a minute or two')
    .description(
      'Grows a four-layer model of Moby-Dick by twelve strategies, probes each, chooses one and trains it to the end. The same command goes on with an interrupted demo and shows a finished one again.',
    )
    .option('--audit', 'train every strategy to the end and judge the choice')
    .option('--seed <number>', 'seed of every random choice', wholeNumber('--seed', 0, MAX_SEED))
    .option('--out <folder>', 'folder of the report; reports/ID in the home folder', pathValue('--out'))
    .action(async (options: { audit?: true; seed?: number; out?: string }) => {
      const { resourcePath } = await import('../../service/resource-files.ts');
      const { readGrowthStudyFile } = await import('../../service/study-file.ts');
      const { runStudyAndReport } = await import('../run-study.ts');
      const file = readGrowthStudyFile(resourcePath('studies', 'demo.yaml'));
      const spec = {
        ...file,
        mode: options.audit ? ('audit' as const) : file.mode,
        seed: options.seed ?? file.seed,
      };
      const words = ['demo', ...(options.audit ? ['--audit'] : []), '--seed', String(spec.seed)];
      await runStudyAndReport(contextOf(), {
        reportFolder: options.out,
        run: (service, runOptions) => service.run(spec, commandToRepeat(words, undefined), runOptions),
      });
    });
}
