/** The commands put together: arguments in, exit code out. Every failure becomes one message and one code. */
import { Command, CommanderError } from 'commander';
import { EspalierError, EXIT_CODES, messageOf } from '../contract/errors.ts';
import { programManifest } from '../service/machine.ts';
import type { CommandContext } from './command-context.ts';
import { addDemo } from './commands/demo.ts';
import { addEvidence } from './commands/evidence.ts';
import { addGraph } from './commands/graph.ts';
import { addImportCurves } from './commands/import-curves.ts';
import { addLandscape } from './commands/landscape.ts';
import { addMachine } from './commands/machine.ts';
import { addPool } from './commands/pool.ts';
import { addReplay } from './commands/replay.ts';
import { addReport } from './commands/report.ts';
import { addServe } from './commands/serve.ts';
import { addStudy } from './commands/study.ts';
import { pathValue } from './number-options.ts';
import { Output, tolerateClosedPipes } from './output.ts';

interface GlobalOptions {
  readonly home?: string;
  readonly json?: true;
  readonly color: boolean;
}

/**
 * Runs one command and prints its result.
 * @param words arguments after the program's name
 * @returns the exit code: 0 done, 2 bad input, 3 refused, 4 failed inside, 130 interrupted
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  tolerateClosedPipes();
  // Known before parsing, because parsing may fail and must then fail in the right form.
  const flags = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
  const output = new Output({ json: flags.includes('--json'), color: !flags.includes('--no-color') });
  const printed: string[] = [];
  let exitCode = 0;
  try {
    const program = buildProgram(output, printed, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      const text = printed.join('').trimEnd();
      output.result(error.code === 'commander.version' ? { version: text } : { help: text }, [text]);
      return 0;
    }
    const failure = asEspalierError(error);
    if (error instanceof CommanderError && error.code === 'commander.help') output.note(printed.join(''));
    output.failure(failure);
    if (process.env.ESPALIER_DEBUG) output.note(stackOf(error));
    return EXIT_CODES[failure.code];
  }
}

function buildProgram(output: Output, printed: string[], setExitCode: (code: number) => void): Command {
  const program = new Command('espalier')
    .description(
      'Landscape-aware growing: grow a small Transformer by every strategy of a pool, probe each, keep the best.',
    )
    .version(programManifest().version, '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
    .option(
      '--home <folder>',
      'where studies are kept (else ESPALIER_HOME, else the data folder of the platform)',
      pathValue('--home'),
    )
    .option('--json', 'print one JSON document on stdout')
    .option('--no-color', 'print without colours')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void printed.push(text),
      writeErr: (text) => void printed.push(text),
    })
    .exitOverride();
  const contextOf = (): CommandContext => ({ output, home: program.opts<GlobalOptions>().home });
  addDemo(program, contextOf);
  addStudy(program, contextOf);
  addPool(program, contextOf);
  addReplay(program, contextOf);
  addImportCurves(program, contextOf);
  addEvidence(program, contextOf);
  addReport(program, contextOf);
  addLandscape(program, contextOf);
  addGraph(program, contextOf);
  addServe(program, contextOf);
  addMachine(program, contextOf, setExitCode);
  return program;
}

function asEspalierError(error: unknown): EspalierError {
  if (error instanceof EspalierError) return error;
  if (error instanceof CommanderError) {
    const message =
      error.code === 'commander.help'
        ? 'a command is missing'
        : error.message.replace(/^error: /, '').replace(/\n/g, ' ');
    return new EspalierError('bad-input', message, {
      hint: '`espalier --help` lists the commands; `espalier COMMAND --help` the options of one.',
      cause: error,
    });
  }
  return new EspalierError('failed', `unexpected: ${messageOf(error)}`, {
    hint: 'This is a fault of the program. ESPALIER_DEBUG=1 shows where it happened.',
    cause: error,
  });
}

/** Stack of an error and of what caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}
