/** What the palette offers now: places, the open study and its candidates, the queue, the theme, and every study by name. */
import type { Job } from '../../src-main/contract/window/jobs.ts';
import type { StudyRow } from '../../src-main/contract/window/studies.ts';
import { service } from '../connection/client.ts';
import { shownDraft } from '../draft/shown-draft.ts';
import { keyText } from '../keys/key-bindings.ts';
import { ask } from '../queue/use-jobs.ts';
import { editSettings } from '../settings/settings-edits.ts';
import { studyLink } from '../studies/study-link.ts';
import { chooseTheme, THEME_CHOICES } from '../theme/theme.ts';
import { COMMAND_WORDS as words } from '../words/commands.ts';
import { jobName, SETTINGS_WORDS } from '../words/shell.ts';
import { STUDY_WORDS } from '../words/study.ts';
import type { Command } from './command-search.ts';
import { go, hashOf, type Route, STUDY_VIEWS } from './route.ts';

export function commandsOf(now: {
  readonly route: Route;
  readonly jobs: readonly Job[];
  readonly studies: readonly StudyRow[];
  /** Of the open study, in pool order. */
  readonly candidates: readonly string[];
  readonly showKeys: () => void;
  readonly showGlossary: () => void;
}): Command[] {
  const { route, jobs } = now;
  const running = jobs.find(({ state }) => state === 'running');
  const paused = jobs.find(({ state }) => state === 'paused');
  const group = 'Commands' as const;
  const views: Command[] =
    'view' in route
      ? STUDY_VIEWS.map((view, index) => ({
          id: `view-${view}`,
          group,
          text: words.show(STUDY_WORDS.views[view]),
          keys: keyText(`view${index + 1}` as 'view1'),
          run: () => go({ ...route, view }),
        }))
      : [];
  return [
    { id: 'new', group, text: words.newStudy, keys: keyText('new'), run: () => go({ place: 'new' }) },
    ...draftCommands(),
    { id: 'home', group, text: words.studies, keys: keyText('home'), run: () => go({ place: 'home' }) },
    ...views,
    {
      id: 'pause',
      group,
      text: words.pause,
      keys: keyText('pause'),
      ...(running ? { detail: jobName(running) } : { unavailable: words.nothingRuns }),
      run: () => void (running && ask(() => service.jobs.pause({ id: running.id }))),
    },
    {
      id: 'resume',
      group,
      text: words.resume,
      ...(paused ? { detail: jobName(paused) } : { unavailable: words.nothingPaused }),
      run: () => void (paused && ask(() => service.jobs.resume({ id: paused.id }))),
    },
    { id: 'queue', group, text: words.queue, keys: keyText('queue'), run: () => go({ place: 'queue' }) },
    { id: 'log', group, text: words.log, run: showLog },
    ...candidateCommands(route, now.candidates),
    {
      id: 'settings',
      group: 'Settings' as const,
      text: words.settings,
      keys: keyText('settings'),
      run: () => go({ place: 'settings' }),
    },
    ...THEME_CHOICES.map((theme) => ({
      id: `theme-${theme}`,
      group: 'Settings' as const,
      text: words.theme[theme],
      run: () => editSettings(SETTINGS_WORDS.theme.toLowerCase(), () => chooseTheme(theme)),
    })),
    { id: 'keys', group: 'Help', text: words.keys, keys: keyText('keys'), run: now.showKeys },
    { id: 'glossary', group: 'Help', text: words.glossary, keys: keyText('glossary'), run: now.showGlossary },
    ...now.studies.flatMap((row): Command[] => {
      const link = studyLink(row);
      return link === null
        ? []
        : [
            {
              id: `study-${row.id}`,
              group: 'Studies',
              text: row.name,
              detail: words.studyDetail(row.seed, row.chosen),
              run: () => {
                location.hash = link;
              },
            },
          ];
    }),
  ];
}

function draftCommands(): Command[] {
  const { value: draft } = shownDraft;
  if (!draft) return [];
  const { nameVersion: text } = words;
  return [
    { id: 'save-version', group: 'Commands', text, keys: keyText('saveVersion'), run: () => draft.name() },
  ];
}

function candidateCommands(route: Route, candidates: readonly string[]): Command[] {
  if (!('view' in route)) return [];
  const isDraft = route.place === 'draft';
  return candidates.map((name, index) => ({
    id: `candidate-${route.id}-${name}`,
    group: 'Candidates' as const,
    text: name,
    detail: isDraft ? words.inPool : words.inDynamics,
    run: () => {
      if (isDraft) shownDraft.value?.showStrategy(index);
      else location.hash = `${hashOf({ ...route, view: 'dynamics' })}?sel=${encodeURIComponent(name)}`;
    },
  }));
}

/** The log lies in the queue's view; it gets the focus once it is there. */
function showLog(): void {
  go({ place: 'queue' });
  let tries = 0;
  const focus = (): void => {
    const log = document.getElementById('log-title');
    if (log) log.focus();
    else if (tries++ < 50) requestAnimationFrame(focus);
  };
  requestAnimationFrame(focus);
}
