/** `espalier serve`: the window in a browser, for a machine without a desktop or one behind a tunnel. */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { ContextOf } from '../command-context.ts';
import { interruptible } from '../interruption.ts';
import { wholeNumber } from '../number-options.ts';

/** Any free port is the second choice: a stable one keeps bookmarks and tunnels working. */
const DEFAULT_PORT = 7439;

export function addServe(program: Command, contextOf: ContextOf): void {
  program
    .command('serve')
    .summary('open the window in a browser')
    .description(
      'Serves the window on this machine only (127.0.0.1) and prints its link, which holds a secret of this start. ' +
        'On another machine, forward the port: ssh -L 7439:127.0.0.1:7439 HOST.',
    )
    .option(
      '--port <number>',
      `port to listen on; 0 takes any free one (default ${DEFAULT_PORT})`,
      wholeNumber('--port', 0, 65535),
    )
    .option('--no-open', 'only print the link')
    .action(async (options: { readonly port?: number; readonly open: boolean }) => {
      const { output, home } = contextOf();
      const { pageFolder, servePage } = await import('../../server/page-server.ts');
      const { composeWindow } = await import('../../service/compose.ts');
      const window = await composeWindow(home);
      const server = await servePage(window.server, {
        port: options.port ?? DEFAULT_PORT,
        pageFolder: pageFolder(),
      });
      output.note(`Espalier is at ${server.link}`);
      output.note(
        'The link is valid until this command ends. Ctrl-C ends it; a running study is paused and kept.',
      );
      if (options.open) openInBrowser(server.link);
      await interruptible(
        (signal) =>
          new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
        () => output.note('Stopping at the next safe point; press Ctrl-C again to end at once.'),
      );
      await window.close();
      const refused = server.refusals();
      await server.close();
      const total = Object.values(refused).reduce((sum, count) => sum + count, 0);
      output.result({ link: server.link, refused }, [
        total === 0
          ? 'Closed.'
          : `Closed. Refused: ${Object.entries(refused)
              .filter(([, count]) => count > 0)
              .map(([reason, count]) => `${count} for ${reason}`)
              .join(', ')}.`,
      ]);
    });
}

/** A machine without a browser is no failure: the link is printed. */
function openInBrowser(link: string): void {
  const [command, words] =
    process.platform === 'darwin'
      ? ['open', [link]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', link]]
        : ['xdg-open', [link]];
  spawn(command as string, words as string[], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
