/** `espalier landscape`: the loss landscape of a finished study at the growing point and at the lag. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { EspalierError } from '../../contract/errors.ts';
import type { LandscapeAnalysisName } from '../../contract/landscape.ts';
import { LANDSCAPE_ANALYSES, LANDSCAPE_DEVICES, LANDSCAPE_LIMITS } from '../../contract/landscape.ts';
import type { LandscapeProgress } from '../../service/landscape-service.ts';
import type { CommandContext, ContextOf } from '../command-context.ts';
import { commandToRepeat } from '../command-context.ts';
import { interruptible } from '../interruption.ts';
import { oneOf, pathValue, realNumber, wholeNumber } from '../number-options.ts';
import type { Work } from '../work-progress.ts';

interface Options {
  readonly analyses?: readonly LandscapeAnalysisName[];
  readonly strategies?: readonly string[] | 'all';
  readonly batches?: number;
  readonly points?: number;
  readonly directions?: number;
  readonly planePoints?: number;
  readonly span?: number;
  readonly iterations?: number;
  readonly tokens?: number;
  readonly device?: (typeof LANDSCAPE_DEVICES)[number];
  readonly threads: number;
  readonly out?: string;
}

const whole = (flag: string, name: keyof typeof LANDSCAPE_LIMITS) => {
  const [least, most] = LANDSCAPE_LIMITS[name];
  return wholeNumber(flag, least, most);
};

export function addLandscape(program: Command, contextOf: ContextOf): void {
  program
    .command('landscape')
    .summary('measure the loss landscape of a finished study')
    .description(
      'Measures the loss landscape at the growing point and at the lag: slices, planes, barriers, sharpness, gradients, similarity, depth. What is measured is stored; the same call shows it again, and goes on after an interruption.',
    )
    .argument('<id>', 'study, or the beginning of its id')
    .option('--analyses <names>', `some of ${LANDSCAPE_ANALYSES.join(',')}; all when left out`, analysisNames)
    .option(
      '--strategies <names>',
      'strategies separated by commas, source, or all; the chosen one, the best by initial loss and the source when left out',
      strategyNames,
    )
    .option('--batches <count>', 'fixed validation batches (8)', whole('--batches', 'batches'))
    .option('--points <count>', 'points of a slice and of a path, odd (21)', oddNumber('--points', 'points'))
    .option('--directions <count>', 'random directions of slices (3)', whole('--directions', 'directions'))
    .option(
      '--plane-points <count>',
      'points along each side of a plane, odd (11)',
      oddNumber('--plane-points', 'planePoints'),
    )
    .option(
      '--span <distance>',
      'reach of slices; 1 moves each filter by its own norm (1)',
      realNumber('--span', ...LANDSCAPE_LIMITS.span),
    )
    .option(
      '--iterations <count>',
      'most Hessian-vector products of a search for the largest eigenvalue (20)',
      whole('--iterations', 'iterations'),
    )
    .option(
      '--tokens <count>',
      'token positions whose hidden states are compared (1024)',
      whole('--tokens', 'tokens'),
    )
    .option(
      '--device <name>',
      `what computes: ${LANDSCAPE_DEVICES.join(', ')} (cpu)`,
      oneOf('--device', LANDSCAPE_DEVICES),
    )
    .option(
      '--threads <count>',
      'threads of one operator on the CPU; does not change results',
      wholeNumber('--threads', 1, 256),
      1,
    )
    .option('--out <folder>', 'folder of the report; reports/ID in the home folder', pathValue('--out'))
    .action((id: string, options: Options) => showLandscape(contextOf(), id, options));
}

async function showLandscape(context: CommandContext, id: string, options: Options): Promise<void> {
  const { output, home } = context;
  const { landscapeSettingsSchema } = await import('../../contract/landscape.ts');
  const { composeLandscapeService, composeStudyService } = await import('../../service/compose.ts');
  const { requireReportFolder } = await import('../../service/report-folder.ts');
  const { WorkProgressLine } = await import('../work-progress.ts');
  const { resolveHome } = await import('../../service/home.ts');
  if (options.out !== undefined) requireReportFolder(options.out);
  const { analyses = LANDSCAPE_ANALYSES, strategies = null, threads, out, ...settings } = options;
  const progress = new WorkProgressLine();
  let measured: Awaited<ReturnType<ReturnType<typeof composeLandscapeService>['measure']>>;
  try {
    measured = await interruptible(
      (signal) =>
        composeLandscapeService(home).measure(id, {
          settings: landscapeSettingsSchema.parse(settings),
          analyses,
          strategies,
          threads,
          signal,
          onProgress: (state) => progress.update(landscapeWork(state)),
        }),
      () => {
        progress.clear();
        output.note('Stopping after this batch; press Ctrl-C again to end at once.');
      },
    );
  } catch (error) {
    progress.clear();
    throw error instanceof EspalierError && error.code === 'interrupted'
      ? interruption(error, id, home)
      : error;
  }
  progress.clear();
  const { analysis, parts } = measured;
  const { reportPage, writeReport } = await import('../../service/report-files.ts');
  const { landscapeTables } = await import('../../service/landscape-digest.ts');
  const { writeLandscape } = await import('../../service/landscape-report.ts');
  const folder = out ?? join(resolveHome(home).reports, analysis.studyId);
  const study = composeStudyService(home).analyse(analysis.studyId);
  writeReport(study, folder);
  if (study.mode !== 'stacking') writeLandscape(study, analysis, folder);
  output.result({ landscape: analysis, parts, report: reportPage(folder) }, [
    ...landscapeTables(analysis).flatMap((table) => [
      output.styled('bold', table.title),
      ...output.table({ ...table, marked: null }),
      '',
    ]),
    ...analysis.missing.map(({ subject, reason }) => `${subject} could not be looked at: ${reason}`),
    parts.computed === 0
      ? 'Everything was measured before; nothing was computed again.'
      : `${parts.computed} parts measured, ${parts.stored} taken from before. Charged to no candidate.`,
    `Report: ${reportPage(folder)}`,
  ]);
}

function interruption(cause: EspalierError, id: string, home: string | undefined): EspalierError {
  return new EspalierError('interrupted', 'the landscape probe was stopped; what is measured is kept', {
    hint: `Continue with the same options: ${commandToRepeat(['landscape', id], home)} …`,
    cause,
  });
}

function refuse(flag: string, message: string): never {
  throw new EspalierError('bad-input', `${flag} ${message}`, { problems: [{ at: flag, message }] });
}

function analysisNames(text: string): LandscapeAnalysisName[] {
  const check = oneOf('--analyses', LANDSCAPE_ANALYSES);
  return [...new Set(text.split(',').map((name) => check(name.trim())))];
}

function strategyNames(text: string): string[] | 'all' {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    refuse(
      '--strategies',
      `is ${JSON.stringify(text.slice(0, 60))}; it must be names separated by commas, or all`,
    );
  return names.includes('all') ? 'all' : [...new Set(names)];
}

function oddNumber(flag: string, name: 'points' | 'planePoints'): (text: string) => number {
  const parse = whole(flag, name);
  return (text) => {
    const value = parse(text);
    if (value % 2 === 0)
      refuse(flag, `is ${value}; it must be odd, so that the model itself is one of the points`);
    return value;
  };
}

const landscapeWork = ({ flopsDone, flopsTotal, partsDone, partsTotal, label }: LandscapeProgress): Work => ({
  title: 'landscape',
  done: flopsDone,
  total: flopsTotal,
  count: `${partsDone} of ${partsTotal} parts`,
  isOver: partsDone === partsTotal,
  label,
});
