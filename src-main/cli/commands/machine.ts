/** `espalier engines` and `espalier doctor`: what works on this machine. */
import type { Command } from 'commander';
import { EXIT_CODES } from '../../contract/errors.ts';
import type { Check } from '../../service/doctor.ts';
import type { ContextOf } from '../command-context.ts';
import { oneOf, pathValue } from '../number-options.ts';
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
  const engines = program
    .command('engines')
    .summary('say which devices can train here')
    .description(
      'Trains a tiny model for a few steps on every device, holds its losses against those of the reference engine, and says what came of it.',
    )
    .action(async () => {
      const { output } = contextOf();
      const { reportDevices } = await import('../../service/engines.ts');
      const { trainerLauncher } = await import('../../service/compose.ts');
      const reports = await reportDevices(trainerLauncher);
      output.result(
        { engines: reports },
        reports.flatMap(({ device, available, reason, hint }) => [
          `${device.padEnd(10)} ${output.styled(available ? 'green' : 'yellow', available ? 'yes' : 'no ')}  ${reason}`,
          ...(hint === null ? [] : [`${' '.repeat(16)}${hint}`]),
        ]),
      );
    });
  engines
    .command('install')
    .summary('put the CUDA files of ONNX Runtime where it looks for them')
    .description(
      'Copies the CUDA files from a folder you have beside the runtime, checks their version, and trains a step. Nothing is downloaded. The files are in the package of ONNX Runtime for GPUs of the same version; `npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12` lets the runtime download its own.',
    )
    .argument('<what>', 'cuda', oneOf('<what>', ['cuda'] as const))
    .requiredOption(
      '--from <folder>',
      'folder that holds the files, itself or one below it',
      pathValue('--from'),
    )
    .action(async (_what: string, { from }: { from: string }) => {
      const { output } = contextOf();
      const { installationInWords, installCuda } = await import('../../service/cuda-files.ts');
      const { trainerLauncher } = await import('../../service/compose.ts');
      const installation = await installCuda(from, trainerLauncher);
      const { manifest, device } = installation;
      output.result({ installed: manifest, device }, installationInWords(installation));
      if (!device.available) setExitCode(EXIT_CODES.refused);
    });

  engines
    .command('remove')
    .summary('take away the CUDA files that `engines install` put there')
    .argument('<what>', 'cuda', oneOf('<what>', ['cuda'] as const))
    .action(async () => {
      const { output } = contextOf();
      const { removeCudaFiles } = await import('../../service/cuda-files.ts');
      const manifest = removeCudaFiles();
      output.result(
        { removed: manifest },
        manifest.files.map(({ name }) => `removed ${name}`),
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
