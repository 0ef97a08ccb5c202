/** Installing the CUDA files of the runtime, and trying them at once. */
import { type CudaManifest, installCudaFiles } from '../engine/onnxruntime-cuda-files.ts';
import { formatCount } from '../report/number-format.ts';
import type { TrainerLauncher } from '../training/trainer-pool.ts';
import { type DeviceReport, reportDevices } from './engines.ts';

export { removeCudaFiles } from '../engine/onnxruntime-cuda-files.ts';

export interface CudaInstallation {
  readonly manifest: CudaManifest;
  /** Whether CUDA trains now, or what keeps it from that. */
  readonly device: DeviceReport;
}

/** @throws EspalierError as installCudaFiles */
export async function installCuda(
  from: string,
  launcher: (threads: number) => TrainerLauncher,
): Promise<CudaInstallation> {
  return tryCuda(installCudaFiles(from), launcher);
}

/** Tries the device with the files that have just been installed. */
export async function tryCuda(
  manifest: CudaManifest,
  launcher: (threads: number) => TrainerLauncher,
): Promise<CudaInstallation> {
  const [device] = await reportDevices(launcher, ['cuda']);
  return { manifest, device: device! };
}

export function installationInWords({ manifest, device }: CudaInstallation): string[] {
  return [
    ...manifest.files.map(({ name, bytes }) => `${name}  ${formatCount(Math.ceil(bytes / 2 ** 20))} MiB`),
    `From ${manifest.from}. \`espalier engines remove cuda\` takes them away.`,
    device.available ? `CUDA trains here: ${device.reason}.` : `CUDA does not train yet: ${device.reason}.`,
  ];
}
