/** The timeline of one study as it is looked at: which policy, which growing point, which axis. */
import { computed, type InjectionKey, inject, provide, ref, shallowRef } from 'vue';
import type { TimelinePolicy, TimelineStudy } from '../../src-main/contract/window/timeline.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';
import { type Axis, placementOf } from './placement.ts';
import { readTimelineView, timelineHash } from './view-address.ts';

/** Milliseconds between two readings while a study runs. */
const LEAST_INTERVAL = 700;

export function makeTimeline(studyId: string) {
  const study = shallowRef<TimelineStudy | null>(null);
  const failure = ref<ErrorWords | null>(null);
  const first = readTimelineView(location.hash);
  const policyName = ref<string | null>(first.policy);
  const growingPoint = ref<number | null>(first.point);
  const axis = ref<Axis>(first.axis ?? 'flops');

  let isReading = false;
  let isAgain = false;
  async function read(): Promise<void> {
    if (isReading) {
      isAgain = true;
      return;
    }
    isReading = true;
    do {
      isAgain = false;
      try {
        study.value = await service.timeline.read({ studyId });
        failure.value = null;
      } catch (error) {
        failure.value = errorInWords(error);
      }
      await new Promise((resolve) => setTimeout(resolve, LEAST_INTERVAL));
    } while (isAgain);
    isReading = false;
  }
  void read();
  watchStream(
    (signal) => service.studies.watch(undefined, { signal }),
    (ids) => {
      if (ids.length === 0 || ids.includes(studyId)) void read();
    },
    (error) => {
      failure.value = errorInWords(error);
    },
  );

  const policies = computed(() => study.value?.policies ?? []);
  const policy = computed<TimelinePolicy | null>(
    () =>
      policies.value.find(({ name }) => name === policyName.value) ??
      policies.value.find((one) => one.policy === 'lag') ??
      policies.value[0] ??
      null,
  );
  /** The last growing point at which something was decided, until one is selected. */
  const selected = computed<number | null>(() => {
    const points = policy.value?.growingPoints ?? [];
    if (points.some((point) => point.growingPoint === growingPoint.value)) return growingPoint.value;
    const tried = points.findLast(({ choice }) => choice !== null) ?? points[0];
    return tried?.growingPoint ?? null;
  });
  const placements = computed(
    () => new Map(policies.value.map((one) => [one.name, placementOf(one, axis.value)])),
  );
  /** One axis for all policies. */
  const end = computed(() =>
    Math.max(0, ...[...placements.value.values()].map((placement) => placement.end)),
  );

  function remember(): void {
    history.replaceState(
      history.state,
      '',
      timelineHash(location.hash, { policy: policyName.value, point: growingPoint.value, axis: axis.value }),
    );
  }
  return {
    studyId,
    study,
    failure,
    axis,
    policies,
    policy,
    selected,
    placements,
    end,
    read,
    chooseAxis(next: Axis): void {
      axis.value = next;
      remember();
    },
    choosePolicy(name: string): void {
      policyName.value = name;
      remember();
    },
    select(point: number): void {
      growingPoint.value = point;
      remember();
    },
    /** By so many growing points to the right; stays at the ends. */
    move(by: number): void {
      const count = policy.value?.growingPoints.length ?? 0;
      if (count > 0) this.select(Math.max(0, Math.min(count - 1, (selected.value ?? 0) + by)));
    },
  };
}

export type Timeline = ReturnType<typeof makeTimeline>;
const TIMELINE: InjectionKey<Timeline> = Symbol('timeline');

export function provideTimeline(studyId: string): Timeline {
  const timeline = makeTimeline(studyId);
  provide(TIMELINE, timeline);
  return timeline;
}

/** @throws Error outside a timeline */
export function useTimeline(): Timeline {
  const timeline = inject(TIMELINE);
  if (!timeline) throw new Error('no timeline above this component');
  return timeline;
}
