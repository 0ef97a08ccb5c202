/** `espalier evidence`: what all audits of the history say together. */
import type { Command } from 'commander';
import type { EvidenceFilter } from '../../contract/evidence.ts';
import type { ContextOf } from '../command-context.ts';
import { nameList, oneName } from '../name-options.ts';
import { realNumber, wholeNumber } from '../number-options.ts';

interface Options extends EvidenceFilter {
  readonly list?: true;
  readonly forget?: string;
}

export function addEvidence(program: Command, contextOf: ContextOf): void {
  program
    .command('evidence')
    .summary('what all audits say together, and what to choose next')
    .description(
      'Puts all finished audits together, own and imported: win rate, rank and regret of strategies and families, rank correlation, regret and cost of rules at shares of the run, and a recommendation with what it rests on and what would change it.',
    )
    .option('--list', 'list the audits of the history, and stop')
    .option('--forget <id>', 'take an imported audit out of the history, and stop', oneName('--forget'))
    .option('--corpus <name>', 'only audits on this corpus', oneName('--corpus'))
    .option('--ratio <number>', 'layers after growing over layers before', realNumber('--ratio', 1, 1000))
    .option('--source-layers <count>', 'layers before growing', wholeNumber('--source-layers', 0, 1_000_000))
    .option('--target-layers <count>', 'layers after growing', wholeNumber('--target-layers', 0, 1_000_000))
    .option('--width <count>', 'width of the model', wholeNumber('--width', 0, 1_000_000))
    .option('--activation <name>', 'activation of the model', oneName('--activation'))
    .option('--pool <strategies>', 'only these strategies compete, separated by commas', nameList('--pool'))
    .option('--metric <name>', 'judge by this metric in place of the loss', oneName('--metric'))
    .action(async ({ list, forget, ...filter }: Options) => {
      const { output, home } = contextOf();
      const { resolveHome } = await import('../../service/home.ts');
      const folder = resolveHome(home);
      if (forget !== undefined) {
        const { removeImported } = await import('../../service/import-curves.ts');
        removeImported(folder, forget);
        output.result({ removed: forget }, [`${forget} is no longer in the history.`]);
        return;
      }
      const service = await import('../../service/evidence-service.ts');
      if (list) {
        const { listAudits } = await import('../../service/recorded-audits.ts');
        const audits = listAudits(folder);
        output.result(
          { audits },
          audits.length === 0 ? ['No audits yet.'] : output.table(service.auditTable(folder)),
        );
        return;
      }
      const report = service.gatherEvidence(folder, filter);
      output.result(report, [
        ...service.evidenceSentences(report),
        '',
        ...output.table(service.standingTable('strategy', report.strategies)),
        ...(report.families.length === 0
          ? []
          : ['', ...output.table(service.standingTable('family', report.families))]),
        '',
        ...output.table(service.ruleEvidenceTable(report)),
      ]);
    });
}
