/** The views of a study, loaded when they are first shown. */
import { type Component, defineAsyncComponent } from 'vue';
import type { StudyRow } from '../../src-main/contract/window/studies.ts';
import type { StudyView } from '../app/route.ts';
import type { Term } from '../words/glossary.ts';

const modules = import.meta.glob<{ default: Component }>(
  '../{setup,designer,dynamics,timeline,report}/*View.vue',
);

const viewAt = (path: string): Component | null => {
  const load = modules[path];
  return load ? defineAsyncComponent(async () => (await load()).default) : null;
};

export const VIEWS: Readonly<Record<StudyView, Component | null>> = {
  setup: viewAt('../setup/SetupView.vue'),
  designer: viewAt('../designer/DesignerView.vue'),
  dynamics: viewAt('../dynamics/DynamicsView.vue'),
  timeline: viewAt('../timeline/TimelineView.vue'),
  report: viewAt('../report/ReportView.vue'),
};

/** The word that explains a mode; none where the mode is the usual one. */
export const termOf = (mode: StudyRow['mode'] | null): Term | undefined =>
  mode === 'audit' || mode === 'stacking' ? mode : undefined;
