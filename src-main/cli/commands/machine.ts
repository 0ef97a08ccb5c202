/** `espalier engines` and `espalier doctor`: what works on this machine. */
import type { Command } from 'commander';
import { EXIT_CODES } from '../../contract/errors.ts';
import type { Check } from '../../service/doctor.ts';
import type { ContextOf } from '../command-context.ts';
import type { TextStyle } from '../output.ts';

const STATE_STYLES: Readonly<Record<Check['state'], TextStyle>> = {
  ok: 'green',
  warning: 'yellow',
  broken: 'red',
};

/** @param setExitCode for a result that is no error and yet must be noticed by scripts */
export function addMachine(
  program: Command,
  contextOf: ContextOf,
  setExitCode: (code: number) => void,
): void {
  program
    .command('engines')
    .summary('say which devices can train here')
    .description('Trains one step of a tiny model on every device and says what came of it.')
    .action(async () => {
      const { output } = contextOf();
      const { reportDevices } = await import('../../service/engines.ts');
      const { trainerLauncher } = await import('../../service/compose.ts');
      const engines = await reportDevices(trainerLauncher);
      output.result(
        { engines },
        engines.flatMap(({ device, available, reason, hint }) => [
          `${device.padEnd(10)} ${output.styled(available ? 'green' : 'yellow', available ? 'yes' : 'no ')}  ${reason}`,
          ...(hint === null ? [] : [`${' '.repeat(16)}${hint}`]),
        ]),
      );
    });

  program
    .command('doctor')
    .summary('check that everything the program needs works')
    .description(
      'Checks everything the program needs by using it. Exit code 4 when something needed is broken.',
    )
    .action(async () => {
      const { output, home } = contextOf();
      const { examine } = await import('../../service/doctor.ts');
      const { resolveHome } = await import('../../service/home.ts');
      const { trainerLauncher } = await import('../../service/compose.ts');
      const checks = await examine({ home: resolveHome(home), launcher: trainerLauncher });
      const isHealthy = checks.every(({ state }) => state !== 'broken');
      if (!isHealthy) setExitCode(EXIT_CODES.failed);
      output.result({ healthy: isHealthy, checks }, [
        ...checks.flatMap(({ name, state, detail, hint }) => [
          `${output.styled(STATE_STYLES[state], state.padEnd(7))}  ${name}: ${detail}`,
          ...(hint === null ? [] : [`         ${hint}`]),
        ]),
        isHealthy ? 'Everything needed works.' : 'Something needed is broken.',
      ]);
    });
}
