/** `espalier engines` and `espalier doctor`: what works on this machine. */
import type { Command } from 'commander';
import { EspalierError, EXIT_CODES } from '../../contract/errors.ts';
import type { CudaInstallation } from '../../service/cuda-files.ts';
import type { Check } from '../../service/doctor.ts';
import type { ContextOf } from '../command-context.ts';
import { canAsk, confirm } from '../confirm.ts';
import { interruptible } from '../interruption.ts';
import { oneOf, pathValue } from '../number-options.ts';
import type { Output, TextStyle } from '../output.ts';
import type { Work } from '../work-progress.ts';

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
      'Downloads the package that the runtime names for its version, checks it, keeps its CUDA files beside the runtime, and trains a step; with --from it copies them from a folder you have and downloads nothing. Without --yes it says what would come, and asks.',
    )
    .argument('<what>', 'cuda', oneOf('<what>', ['cuda'] as const))
    .option(
      '--from <folder>',
      'folder that holds the files, itself or one below it; nothing is downloaded then',
      pathValue('--from'),
    )
    .option('--yes', 'download without asking')
    .action(async (_what: string, { from, yes }: { from?: string; yes?: true }) => {
      const { output } = contextOf();
      const { installationInWords, installCuda, tryCuda } = await import('../../service/cuda-files.ts');
      const { trainerLauncher } = await import('../../service/compose.ts');
      if (from === undefined) {
        const manifest = await downloadCudaFiles(output, yes === true);
        if (manifest === null) return setExitCode(EXIT_CODES.refused);
        show(await tryCuda(manifest, trainerLauncher));
      } else show(await installCuda(from, trainerLauncher));

      function show(installation: CudaInstallation): void {
        const { manifest, device } = installation;
        output.result({ installed: manifest, device }, installationInWords(installation));
        if (!device.available) setExitCode(EXIT_CODES.refused);
      }
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

/**
 * Says what would be downloaded, asks, and downloads it.
 * @returns null where there is nobody to ask: the offer is the result then
 * @throws EspalierError `interrupted` when the answer is no, and as offerCuda and downloadCuda
 */
async function downloadCudaFiles(
  output: Output,
  isAgreed: boolean,
): Promise<CudaInstallation['manifest'] | null> {
  const { downloadCuda, offerCuda, offerInWords } = await import('../../service/cuda-download.ts');
  const { WorkProgressLine } = await import('../work-progress.ts');
  const progress = new WorkProgressLine();
  const stopping = (): void => {
    progress.clear();
    output.note('Stopping.');
  };
  const offer = await interruptible(offerCuda, stopping);
  if (!isAgreed && !canAsk()) {
    output.result({ offer, installed: null }, [
      ...offerInWords(offer, 'Would download'),
      'Nothing was downloaded: `espalier engines install cuda --yes` does it.',
    ]);
    return null;
  }
  for (const line of offerInWords(offer, 'Downloads')) output.note(line);
  if (!isAgreed && !(await confirm('Download it?')))
    throw new EspalierError('interrupted', 'nothing was downloaded');
  try {
    return await interruptible(
      (signal) =>
        downloadCuda(offer, {
          signal,
          onProgress: (done, total) => progress.update(downloadWork(done, total)),
        }),
      stopping,
    );
  } finally {
    progress.clear();
  }
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
const downloadWork = (done: number, total: number): Work => ({
  title: 'downloading',
  done,
  total,
  count: `${mebibytes(done)} of ${mebibytes(total)} MiB`,
  isOver: done === total,
});
