/** Texts of the frame around a study. */
import type { StudyView } from '../app/route.ts';

export const STUDY_WORDS = {
  views: {
    setup: 'Setup',
    designer: 'Designer',
    dynamics: 'Dynamics',
    timeline: 'Timeline',
    report: 'Report',
  } satisfies Record<StudyView, string>,
  viewsLabel: 'Views of the study',
  draft: 'Draft',
  unnamed: 'Study without a name',
  modes: { select: 'Select', audit: 'Audit', stacking: 'Adaptive stacking' },
  undo: (label: string): string => `Undo ${label}`,
  redo: (label: string): string => `Redo ${label}`,
  nothingToUndo: 'Nothing to undo',
  nothingToRedo: 'Nothing to redo',
  recent: 'Recent edits',
  asItBegan: 'As it began',
  undone: 'undone',
  goTo: (name: string, by: number): string =>
    by === 0 ? `${name}: the study as it is now` : `${by < 0 ? 'Undo' : 'Redo'} up to: ${name}`,
  wentTo: (name: string, by: number): string =>
    `${by < 0 ? 'Undone' : 'Redone'} ${Math.abs(by)} ${Math.abs(by) === 1 ? 'edit' : 'edits'}, up to: ${name}.`,
  namedVersions: 'Named versions',
  nameVersion: 'Name this version',
  nameOfVersion: (version: number): string => `Name of version ${version}`,
  nameVersionDetail: 'Everything is saved in any case.',
  versionNumber: (version: number): string => `Version ${version}`,
  versionAt: (version: number, time: string): string => `version ${version}, ${time}`,
  keepName: 'Keep the name',
  named: (name: string): string => `This version is now named ${name}.`,
  returnTo: (name: string): string => `Return to ${name}, as one edit`,
  returned: (name: string): string => `Returned to ${name}. Undo takes it back.`,
  cancel: 'Cancel',
  checkPlan: 'Check plan',
  checking: 'Checking',
  checked: (runs: number, cost: string): string =>
    `Everything is all right: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${cost}. Nothing stands in the way of the start.`,
  start: 'Start probes',
  starting: 'Starting',
  invalid: (count: number): string =>
    count === 1
      ? 'One problem in the study file must be solved first.'
      : `${count} problems in the study file must be solved first.`,
  misfit: (name: string, depths: string, others: number): string =>
    `${name} cannot grow ${depths}${others === 0 ? '' : `, and ${others} more ${others === 1 ? 'strategy does' : 'strategies do'} not fit`}.`,
  misfitWay: 'Repair or remove it in the Designer, then start.',
  showMisfit: 'Show in the Designer',
  pause: 'Pause',
  pausing: 'Pausing',
  resume: 'Continue',
  duplicate: 'Duplicate and edit',
  trying:
    'Devices are being tried, to find the one that trains this study fastest. Its curves appear here when it begins.',
  waiting: (place: number): string =>
    place === 0
      ? 'The study is next in the queue. Its curves appear here when it begins.'
      : `The study waits behind ${place} ${place === 1 ? 'other' : 'others'} in the queue. Its curves appear here when it begins.`,
  toQueue: 'Show the queue',
  toStudies: 'Go to Studies',
  toDrafts: 'Go to New study',
  isMissing: 'There is no such study.',
  isMissingHint: 'It may have been deleted, or the home folder is another one.',
  loading: 'Reading the study',
  later: {
    dynamics:
      'The early curves of every candidate appear here within seconds of the start, and the ranking at the lag once all have reached it.',
    timeline:
      'The stages of growth appear here once the study has started: which strategies were tried at each growing point, and which was kept.',
    report: 'The report can be written once the study has a decision.',
  } satisfies Partial<Record<StudyView, string>>,
  laterHint: 'Check the pool in the Designer and the numbers in Setup, then start the probes.',
  close: (name: string): string => `Close ${name}`,
  newStudy: 'New study',
} as const;
