/**
 * The command `espalier`. Node's version is checked before anything else is loaded: below it the database driver
 * would end the process without a word.
 */
import { isOlder, OLDEST_NODE } from '../service/node-version.ts';

if (isOlder(process.versions.node, OLDEST_NODE)) {
  const message = `Espalier needs Node.js ${OLDEST_NODE} or newer; this is ${process.versions.node}.`;
  const hint = 'Install a newer Node.js, for example from its own site or a version manager.';
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: { code: 'refused', message, hint, problems: [] } })}\n`);
  process.stderr.write(`${message} ${hint}\n`);
  process.exitCode = 3;
} else {
  const { runCommandLine } = await import('./program.ts');
  const exitCode = await runCommandLine(process.argv.slice(2));
  // Everything written must be out before the process ends; a pipe takes its time.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}
