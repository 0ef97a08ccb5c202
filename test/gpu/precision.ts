/**
 * What products in 16 bits do to a ranking: the demo as an audit in each precision of a device, beside float32 with one
 * candidate in a graph, whose last digits differ from those of all together and show how much chance there is:
 * `precision.ts DEVICE [HORIZON]`, one JSON object a line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudyAnalysis } from '../../src-main/contract/analysis.ts';
import type { ComputeDevice, ProductPrecision } from '../../src-main/contract/compute.ts';
import { precisionsOf } from '../../src-main/contract/compute.ts';
import type { StudySpec } from '../../src-main/contract/study.ts';
import { spearman } from '../../src-main/lag/rank-statistics.ts';
import { composeStudyService } from '../../src-main/service/compose.ts';
import { resourcePath } from '../../src-main/service/resource-files.ts';
import { readGrowthStudyFile } from '../../src-main/service/study-file.ts';

const [device, horizonText = '500'] = process.argv.slice(2) as [ComputeDevice, string?];
const horizon = Number(horizonText);
const demo = readGrowthStudyFile(resourcePath('studies', 'demo.yaml'));

interface Form {
  readonly precision: ProductPrecision;
  readonly candidatesPerGraph: number;
}

async function audit({ precision, candidatesPerGraph }: Form): Promise<StudyAnalysis> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-precision-'));
  const spec: StudySpec = {
    ...demo,
    mode: 'audit',
    evaluation: { ...demo.evaluation, batches: 20, every: horizon, early: [20, 50, 100, 200] },
    horizon,
    source: { ...demo.source, steps: horizon },
    decision: { ...demo.decision, rule: 'cooldown', lag: Math.round(horizon / 5) },
    compute: { ...demo.compute, device, precision, candidatesPerGraph },
  };
  try {
    const analysis = await composeStudyService(folder).run(spec, '', {
      signal: new AbortController().signal,
      onStart: () => {},
      onProgress: () => {},
    });
    if (!('candidates' in analysis)) throw new Error('not a study that grows once');
    return analysis;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Room for the whole pool. */
const TOGETHER = 16;
const [float32, ...halves] = precisionsOf(device);
const forms: Form[] = [
  { precision: float32!, candidatesPerGraph: TOGETHER },
  { precision: float32!, candidatesPerGraph: 1 },
  ...halves.map((precision) => ({ precision, candidatesPerGraph: TOGETHER })),
];
let reference: StudyAnalysis | null = null;
for (const form of forms) {
  const analysis = await audit(form);
  reference ??= analysis;
  const of = (side: StudyAnalysis, read: 'finalLoss' | 'lossAtLag'): (number | null)[] =>
    side.candidates.filter(({ isControl }) => !isControl).map((candidate) => candidate[read]);
  const agreement = (read: 'finalLoss' | 'lossAtLag'): number | null => {
    const [own, other] = [of(analysis, read), of(reference!, read)];
    const both = own.flatMap((value, index) =>
      value === null || other[index] == null ? [] : [[value, other[index]!] as const],
    );
    return spearman(
      both.map(([value]) => value),
      both.map(([, value]) => value),
    );
  };
  const apart = of(analysis, 'finalLoss').map((value, index) =>
    Math.abs((value ?? Number.NaN) - (of(reference!, 'finalLoss')[index] ?? Number.NaN)),
  );
  process.stdout.write(
    `${JSON.stringify({
      device,
      ...form,
      horizon,
      trainerSeconds: Number(
        analysis.candidates.reduce((sum, { secondsSpent }) => sum + secondsSpent, 0).toFixed(2),
      ),
      chosen: analysis.candidates.find(({ isChosen }) => isChosen)?.strategy ?? null,
      best:
        analysis.candidates.toSorted((a, b) => (a.finalLoss ?? 99) - (b.finalLoss ?? 99))[0]?.strategy ??
        null,
      spearmanOfFinalLosses: agreement('finalLoss'),
      spearmanOfProbes: agreement('lossAtLag'),
      largestChangeOfAFinalLoss: Number(Math.max(...apart).toPrecision(3)),
    })}\n`,
  );
}
