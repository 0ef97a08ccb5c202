/** `espalier replay`: what other decision rules would have chosen in an audit, and what that would have cost. */
import type { Command } from 'commander';
import { RULE_NAMES } from '../../contract/decision.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { ContextOf } from '../command-context.ts';
import { pathValue } from '../number-options.ts';

interface ReplayOptions {
  readonly rules: readonly string[];
  readonly pool?: readonly string[];
  readonly metric?: string;
  readonly csv?: string;
  readonly file?: string;
}

export function addReplay(program: Command, contextOf: ContextOf): void {
  program
    .command('replay')
    .summary('try decision rules on a finished audit, without training')
    .description(
      'Re-runs decision rules at many lags on the recorded curves of an audit: what each would have picked, how much worse that ended than the best, and what it would have cost. Prints the rules that no other beats; --json and --csv give all.',
    )
    .argument('<id>', 'audit, or the beginning of its id')
    .option('--rules <names>', `all, or some of ${RULE_NAMES.join(', ')}`, names('--rules'), ['all'])
    .option('--pool <strategies>', 'only these strategies compete, separated by commas', names('--pool'))
    .option('--metric <name>', 'judge by this metric in place of the loss')
    .option(
      '--file <file>',
      'read the audit from a file of recorded audits (Parquet), not from the history',
      pathValue('--file'),
    )
    .option('--csv <file>', 'write one line for each rule', pathValue('--csv'))
    .action(async (id: string, options: ReplayOptions) => {
      const { output, home } = contextOf();
      const { resolveHome } = await import('../../service/home.ts');
      const { findAuditInFile } = await import('../../service/recorded-audits.ts');
      const { frontTable, replayAuditBy, replaySentences, replayStudy, writeReplayCsv } = await import(
        '../../service/replay-study.ts'
      );
      const { csv, file, ...request } = options;
      const report =
        file === undefined
          ? replayStudy(resolveHome(home), id, request)
          : replayAuditBy(await findAuditInFile(file, id), request);
      const written = csv === undefined ? null : writeReplayCsv(report, csv);
      output.result({ ...report, csv: written }, [
        ...replaySentences(report),
        ...output.table(frontTable(report)),
        ...(written === null ? [] : [written]),
      ]);
    });
}

/** Parser of a flag that takes names separated by commas. */
function names(flag: string): (text: string) => string[] {
  return (text) => {
    const words = text.split(',').map((word) => word.trim());
    if (words.every((word) => word !== '')) return words;
    const message = `is ${JSON.stringify(text.slice(0, 60))}; it must be names separated by commas`;
    throw new EspalierError('bad-input', `${flag} ${message}`, { problems: [{ at: flag, message }] });
  };
}
