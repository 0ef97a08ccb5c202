/** Running a study from the command line: estimate, progress, interruption, result and report. */
import { join } from 'node:path';
import { EspalierError } from '../contract/errors.ts';
import { composeLandscapeService, composeStudyService } from '../service/compose.ts';
import { resolveHome } from '../service/home.ts';
import { requireReportFolder } from '../service/report-folder.ts';
import type { TextTable } from '../service/study-digest.ts';
import type { AnyAnalysis } from '../service/study-kinds.ts';
import type { RunOptions, StudyService, StudyStart } from '../service/study-service.ts';
import { chosenInWords, estimateInWords, measuredInWords } from '../service/study-words.ts';
import type { CommandContext } from './command-context.ts';
import { commandToRepeat } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { ProgressLine } from './progress.ts';

export interface StudyRun {
  readonly trainers?: number | undefined;
  readonly threads?: number | undefined;
  /** Folder of the report; reports/ID in the home folder when left out. */
  readonly reportFolder?: string | undefined;
  readonly run: (service: StudyService, options: RunOptions) => Promise<AnyAnalysis>;
}

/** Runs, resumes or repeats a study, then writes and prints what it found. */
export async function runStudyAndReport(context: CommandContext, study: StudyRun): Promise<void> {
  const { output, home } = context;
  if (study.reportFolder !== undefined) requireReportFolder(study.reportFolder);
  const progress = new ProgressLine();
  let start: StudyStart | null = null;
  let isTrying = false;
  let analysis: AnyAnalysis;
  try {
    analysis = await interruptible(
      (signal) =>
        study.run(composeStudyService(home), {
          signal,
          trainers: study.trainers,
          threads: study.threads,
          onTrial: (device) => {
            if (!isTrying) output.note('Trying which device trains this study fastest.');
            isTrying = true;
            progress.say(`trying ${device}`);
          },
          onStart: (started) => {
            progress.clear();
            start = started;
            for (const line of startLines(started)) output.note(line);
          },
          onProgress: (state) => progress.update(state),
        }),
      () => {
        progress.clear();
        output.note('Stopping at the next safe point; press Ctrl-C again to end at once.');
      },
    );
  } catch (error) {
    progress.clear();
    throw error instanceof EspalierError && error.code === 'interrupted'
      ? interruption(error, start, home)
      : error;
  }
  progress.clear();
  // Loaded when there is something to draw: the charts take half a second.
  const { writeStoredLandscape } = await import('../service/landscape-report.ts');
  const { reportPage, writeReport } = await import('../service/report-files.ts');
  const folder = study.reportFolder ?? join(resolveHome(home).reports, analysis.id);
  writeReport(analysis, folder);
  writeStoredLandscape(composeLandscapeService(home), analysis, folder);
  const alreadyFinished = start === null;
  if (alreadyFinished) output.note(`Study ${analysis.id} was finished before; nothing was trained again.`);
  output.result(
    { ...(await digestOf(analysis)), alreadyFinished, report: reportPage(folder) },
    await resultLines(context, analysis, reportPage(folder)),
  );
}

/** A study in short, for --json. */
export async function digestOf(analysis: AnyAnalysis): Promise<object> {
  if (analysis.mode === 'stacking')
    return (await import('../service/stacking-digest.ts')).stackingDigest(analysis);
  return (await import('../service/study-digest.ts')).studyDigest(analysis);
}

/** Table, findings and, where there is one, the report of a study. */
export async function resultLines(
  { output }: CommandContext,
  analysis: AnyAnalysis,
  report: string | null,
): Promise<string[]> {
  const { table, findings } = await inShort(analysis);
  const [answer = '', ...others] = findings;
  return [
    `${output.styled('bold', analysis.name)} (${analysis.mode}, seed ${analysis.seed}, study ${analysis.id})`,
    '',
    ...output.table(table),
    '',
    output.styled('green', answer),
    ...others,
    ...(report === null ? [] : ['', `Report: ${report}`]),
  ];
}

async function inShort(
  analysis: AnyAnalysis,
): Promise<{ readonly table: TextTable; readonly findings: readonly string[] }> {
  if (analysis.mode === 'stacking') {
    const { policyTable, stackingDigest } = await import('../service/stacking-digest.ts');
    return { table: policyTable(analysis), findings: stackingDigest(analysis).findings };
  }
  const { candidateTable, findingsOf } = await import('../service/study-digest.ts');
  return { table: candidateTable(analysis), findings: findingsOf(analysis) };
}

/** What is about to be trained. */
export function startLines(start: StudyStart): string[] {
  const { name, studyId, isResumed, estimate, estimatedSeconds, trainers, duplicates, measured } = start;
  return [
    `${name} (study ${studyId})${isResumed ? ', continued' : ''}: ${estimateInWords(estimate, estimatedSeconds, trainers)}.`,
    ...(measured
      ? [
          `Trains on ${chosenInWords(measured)}, the fastest of what was tried:`,
          ...measuredInWords(measured).map((line) => `  ${line}`),
        ]
      : []),
    ...duplicates.map(
      ({ strategy, sameAs }) => `${strategy} grows the same model as ${sameAs} and is left out.`,
    ),
  ];
}

function interruption(
  cause: EspalierError,
  start: StudyStart | null,
  home: string | undefined,
): EspalierError {
  if (start === null)
    return new EspalierError('interrupted', 'stopped before training began', {
      hint: 'Run the same command again.',
      cause,
    });
  return new EspalierError('interrupted', `study ${start.studyId} was stopped; what is trained is kept`, {
    hint: `Continue: ${commandToRepeat(['study', 'resume', start.studyId], home)}`,
    cause,
  });
}
