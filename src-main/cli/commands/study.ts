/** `espalier study …`: run, resume, list, show, remove, schema. */
import type { Command } from 'commander';
import {
  AUTO_DEVICE,
  COMPUTE_DEVICES,
  DEVICE_CHOICES,
  type DeviceChoice,
  placeOf,
} from '../../contract/compute.ts';
import { EspalierError } from '../../contract/errors.ts';
import type { StudySpec } from '../../contract/study.ts';
import { computeSpecSchema } from '../../contract/study-fields.ts';
import type { AnyStudySpec } from '../../contract/study-text.ts';
import type { ContextOf } from '../command-context.ts';
import { commandToRepeat } from '../command-context.ts';
import { canAsk, confirm } from '../confirm.ts';
import { oneOf, pathValue, wholeNumber } from '../number-options.ts';

const MAX_SEED = 2 ** 31 - 1;
const MAX_PROCESSES = 256;

interface SpecOptions {
  readonly device?: DeviceChoice;
  readonly mixDevices?: true;
  readonly mode?: StudySpec['mode'];
  readonly seed?: number;
}

interface RunOptions {
  readonly trainers?: number;
  readonly threads?: number;
  readonly out?: string;
}

export function addStudy(program: Command, contextOf: ContextOf): void {
  const study = program
    .command('study')
    .summary('run and manage studies')
    .description('Run and manage studies.');
  addRunning(study, contextOf);
  addReading(study, contextOf);
  addRemoval(study, contextOf);
}

const withRunOptions = (command: Command): Command =>
  command
    .option(
      '--trainers <count>',
      'trainer processes side by side; does not change results',
      wholeNumber('--trainers', 1, MAX_PROCESSES),
    )
    .option(
      '--threads <count>',
      'threads of one trainer on the CPU; does not change results',
      wholeNumber('--threads', 1, MAX_PROCESSES),
    )
    .option('--out <folder>', 'folder of the report; reports/ID in the home folder', pathValue('--out'));

function addRunning(study: Command, contextOf: ContextOf): void {
  withRunOptions(
    study
      .command('run')
      .summary('run a study file')
      .description(
        'Runs a study file to its end. The same file goes on with an interrupted study and shows a finished one again.',
      )
      .argument('<file>', 'study file (YAML)')
      .option(
        '--device <name>',
        `what trains: ${DEVICE_CHOICES.join(', ')}, or several such as cuda:0,cuda:1; auto tries which is fastest`,
        devices,
      )
      .option('--mix-devices', 'allow devices of different kinds, whose losses differ in their last digits')
      .option('--mode <mode>', 'select or audit', oneOf('--mode', ['select', 'audit']))
      .option('--seed <number>', 'seed of every random choice', wholeNumber('--seed', 0, MAX_SEED)),
  )
    .option('--estimate', 'print what the study will cost, and stop')
    .action(async (file: string, options: SpecOptions & RunOptions & { estimate?: true }) => {
      const context = contextOf();
      const { readStudyFile } = await import('../../service/study-file.ts');
      const { withAbsolutePaths } = await import('../../service/prepare-study.ts');
      const { composeStudyService } = await import('../../service/compose.ts');
      const { runStudyAndReport, startLines } = await import('../run-study.ts');
      const spec = withOptions(withAbsolutePaths(readStudyFile(file), file), options);
      if (options.estimate) {
        const start = composeStudyService(context.home).estimate(spec, options);
        context.output.result(estimateData(start), startLines(start));
        return;
      }
      const reproduce = commandToRepeat(['study', 'run', file, ...specFlags(options)], undefined);
      await runStudyAndReport(context, {
        ...options,
        reportFolder: options.out,
        run: (service, runOptions) => service.run(spec, reproduce, runOptions),
      });
    });

  withRunOptions(
    study
      .command('resume')
      .summary('go on with an interrupted study')
      .description('Goes on with a study that was interrupted or failed, from its last checkpoints.')
      .argument('<id>', 'study, or the beginning of its id'),
  ).action(async (id: string, options: RunOptions) => {
    const { runStudyAndReport } = await import('../run-study.ts');
    await runStudyAndReport(contextOf(), {
      ...options,
      reportFolder: options.out,
      run: (service, runOptions) => service.resume(id, runOptions),
    });
  });
}

/** One device, `auto`, or several separated by commas; the schema judges them together. */
function devices(text: string): StudySpec['compute']['device'] {
  const names = text.split(',').map((name) => name.trim());
  const [only] = names;
  if (names.length === 1 && (only === AUTO_DEVICE || COMPUTE_DEVICES.some((known) => known === only)))
    return only as StudySpec['compute']['device'];
  if (names.every((name) => placeOf(name) !== null)) return names;
  const message = `is ${JSON.stringify(text.slice(0, 60))}; it must be one of ${DEVICE_CHOICES.join(', ')}, or several separated by commas, such as cuda:0,cuda:1`;
  throw new EspalierError('bad-input', `--device ${message}`, { problems: [{ at: '--device', message }] });
}

/** The spec with the flags that take precedence over the file. */
function withOptions(spec: AnyStudySpec, { device, mixDevices, mode, seed }: SpecOptions): AnyStudySpec {
  const changes = {
    seed: seed ?? spec.seed,
    compute: withDevices(spec.compute, device, mixDevices),
  };
  if (spec.mode !== 'stacking') return { ...spec, ...changes, mode: mode ?? spec.mode };
  if (mode === undefined) return { ...spec, ...changes };
  throw new EspalierError(
    'bad-input',
    `--mode ${mode}: a stacking study has several growing points; its mode must stay stacking`,
    {
      hint: 'Leave --mode out.',
      problems: [{ at: '--mode', message: 'must be left out for a stacking study' }],
    },
  );
}

/** @throws EspalierError `bad-input` for devices that may not train one study */
function withDevices(
  compute: AnyStudySpec['compute'],
  device: SpecOptions['device'],
  mixDevices: SpecOptions['mixDevices'],
): AnyStudySpec['compute'] {
  if (device === undefined && mixDevices === undefined) return compute;
  const parsed = computeSpecSchema.safeParse({
    ...compute,
    ...(device === undefined ? {} : { device }),
    ...(mixDevices === undefined ? {} : { mixDevices }),
  });
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]!.message.replace('mixDevices: true', '--mix-devices');
  throw new EspalierError('bad-input', `--device ${message}`, { problems: [{ at: '--device', message }] });
}

const specFlags = ({ device, mixDevices, mode, seed }: SpecOptions): string[] => [
  ...Object.entries({ device, mode, seed }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  ),
  ...(mixDevices ? ['--mix-devices'] : []),
];

function estimateData(start: import('../../service/study-service.ts').StudyStart): object {
  const { studyId, name, estimate, estimatedSeconds, trainers, duplicates } = start;
  return { study: studyId, name, estimate: { ...estimate, seconds: estimatedSeconds, trainers }, duplicates };
}

function addReading(study: Command, contextOf: ContextOf): void {
  study
    .command('list')
    .summary('list the studies in the home folder')
    .description('Lists the studies in the home folder, newest first.')
    .action(async () => {
      const { output, home } = contextOf();
      const { composeStudyService } = await import('../../service/compose.ts');
      const studies = composeStudyService(home)
        .list()
        .map(({ study: { id, name, mode, state, seed, createdAt, reason }, strategiesCount, chosen }) => ({
          study: id,
          name,
          mode,
          state,
          seed,
          createdAt,
          reason,
          strategies: strategiesCount,
          chosen,
        }));
      const rows = studies.map((one) => [
        one.study,
        one.name,
        one.mode,
        one.state,
        one.chosen ?? '–',
        String(one.seed),
        String(one.strategies),
        one.createdAt,
      ]);
      const header = ['study', 'name', 'mode', 'state', 'chosen', 'seed', 'strategies', 'created'];
      output.result(
        { studies },
        rows.length === 0
          ? ['No studies yet. `espalier demo` runs one.']
          : output.table({ header, rows, textColumns: 5, marked: null }),
      );
    });

  study
    .command('show')
    .summary('show what a study found')
    .description('Shows what a study found so far. With --json also every curve, as `analysis`.')
    .argument('<id>', 'study, or the beginning of its id')
    .action(async (id: string) => {
      const context = contextOf();
      const { composeStudyService } = await import('../../service/compose.ts');
      const { digestOf, resultLines } = await import('../run-study.ts');
      const analysis = composeStudyService(context.home).analyse(id);
      const state = analysis.state === 'finished' ? [] : [`State: ${analysis.state}.`];
      context.output.result({ ...(await digestOf(analysis)), analysis }, [
        ...(await resultLines(context, analysis, null)),
        ...state,
      ]);
    });

  study
    .command('schema')
    .summary('print the JSON Schema of study files')
    .description('Prints the JSON Schema of study files, for editors.')
    .action(async () => {
      const { studyJsonSchema } = await import('../../service/study-file.ts');
      const schema = studyJsonSchema();
      contextOf().output.result(schema, [JSON.stringify(schema, null, 2)]);
    });
}

function addRemoval(study: Command, contextOf: ContextOf): void {
  study
    .command('remove')
    .summary('remove a study with its checkpoints')
    .description('Removes a study with its checkpoints. A report that was written stays.')
    .argument('<id>', 'study, or the beginning of its id')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: { yes?: true }) => {
      const { output, home } = contextOf();
      const { composeStudyService } = await import('../../service/compose.ts');
      const service = composeStudyService(home);
      const found = service.find(id);
      if (
        !options.yes &&
        !(await confirmRemoval(`Remove study ${found.id} (${found.name}) and its checkpoints?`))
      )
        throw new EspalierError('interrupted', 'nothing was removed');
      const removed = service.remove(found.id);
      output.result({ removed: removed.id, name: removed.name }, [
        `Removed study ${removed.id} (${removed.name}).`,
      ]);
    });
}

/** @throws EspalierError `refused` when there is nobody to ask */
async function confirmRemoval(question: string): Promise<boolean> {
  if (canAsk()) return confirm(question);
  throw new EspalierError('refused', 'removing a study asks first, and there is no terminal to ask on', {
    hint: 'Add --yes to remove without asking.',
    problems: [{ at: '--yes', message: 'is needed without a terminal' }],
  });
}
