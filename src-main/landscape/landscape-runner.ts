/**
 * Runs a probe part by part. A part that is stored is never computed again; after a kill the same call goes on with
 * the first part that is missing and ends with the same rows.
 */
import type { LandscapePartRecord, LandscapeSettings } from '../contract/landscape.ts';
import { modelResultSchema } from '../contract/landscape.ts';
import type { ProgramRunner } from '../engine/program-runner.ts';
import type { LandscapeStore } from '../history/history.ts';
import { PartComputer } from './compute-part.ts';
import type { PlannedPart } from './landscape-plan.ts';
import type { StudyMaterial } from './study-material.ts';
import type { Trainers } from './study-models.ts';
import { interrupted, StudyModels } from './study-models.ts';

export interface LandscapeProgress {
  readonly partsDone: number;
  readonly partsTotal: number;
  /** Planned work in FLOPs; what is stored from earlier counts as done. */
  readonly flopsDone: number;
  readonly flopsTotal: number;
  /** What is being done: `slices of stack@lag`. */
  readonly label: string;
}

export interface LandscapeRun {
  readonly parts: readonly PlannedPart[];
  readonly settings: LandscapeSettings;
  readonly material: StudyMaterial;
  readonly store: LandscapeStore;
  readonly runner: ProgramRunner;
  readonly trainers: Trainers;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LandscapeProgress) => void;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** Key of a part in its study. */
export const partKey = ({
  analysis,
  subject,
  part,
  settingsJson,
}: Pick<LandscapePartRecord, 'analysis' | 'subject' | 'part' | 'settingsJson'>): string =>
  JSON.stringify([analysis, subject, part, settingsJson]);

/** Parts of the plan that are not stored yet; those of models that could not be trained count as done. */
export function missingParts(
  parts: readonly PlannedPart[],
  stored: readonly LandscapePartRecord[],
): PlannedPart[] {
  const known = new Set(stored.map(partKey));
  const lost = new Set(stored.filter(isLostModel).map(({ subject }) => subject));
  return parts.filter((part) => !known.has(partKey(part)) && !part.models.some((model) => lost.has(model)));
}

function isLostModel({ analysis, resultJson }: LandscapePartRecord): boolean {
  return analysis === 'models' && modelResultSchema.parse(JSON.parse(resultJson)).hash === null;
}

/**
 * Computes what is missing.
 * @throws EspalierError `interrupted` when the signal fired; everything finished so far is kept
 */
export async function runLandscape(run: LandscapeRun): Promise<void> {
  await new LandscapeRunner(run).toTheEnd();
}

class LandscapeRunner {
  private readonly run: LandscapeRun;
  private readonly models: StudyModels;
  private readonly computer: PartComputer;
  private readonly lost = new Set<string>();
  private waiting: PlannedPart[];
  private readonly toTrain: Set<string>;
  /** Planned FLOPs of everything, and of what is over. */
  private readonly flopsTotal: number;
  private flopsOver = 0;
  /** FLOPs of what is under way, and how many were planned for it. */
  private flopsNow = 0;
  private flopsPlanned = 0;
  private label = '';

  constructor(run: LandscapeRun) {
    this.run = run;
    const stored = run.store.listLandscapeParts(run.material.studyId);
    this.waiting = missingParts(run.parts, stored);
    this.models = new StudyModels(run.material);
    for (const { analysis, subject, resultJson } of stored) {
      if (analysis !== 'models') continue;
      const { hash } = modelResultSchema.parse(JSON.parse(resultJson));
      if (hash !== null) this.models.recall(subject, hash);
    }
    this.computer = new PartComputer({
      ...run,
      models: this.models,
      onRun: (flops) => {
        this.flopsNow += flops;
        this.tell();
      },
    });
    const needed = new Set(this.waiting.flatMap(({ models }) => models));
    this.toTrain = new Set([...needed].filter((subject) => this.models.needsTraining(subject)));
    const planned = run.parts.reduce((sum, { flops }) => sum + flops, 0);
    this.flopsTotal = planned + this.toTrain.size * this.trainingFlops;
    this.flopsOver = planned - this.waiting.reduce((sum, { flops }) => sum + flops, 0);
  }

  private get trainingFlops(): number {
    return this.run.material.lag * this.run.material.flopsPerStep;
  }

  async toTheEnd(): Promise<void> {
    try {
      for (let part = this.waiting[0]; part; part = this.waiting[0]) {
        if (this.run.signal.aborted) throw interrupted();
        for (const subject of part.models) if (this.toTrain.has(subject)) await this.train(subject);
        if (!part.models.some((model) => this.lost.has(model))) await this.compute(part);
        this.waiting = this.waiting.slice(1);
        this.flopsOver += part.flops;
        this.flopsNow = 0;
        this.tell();
      }
    } finally {
      await this.computer.dispose();
    }
  }

  private async compute(part: PlannedPart): Promise<void> {
    this.label = `${part.analysis} of ${part.subject.replace('~', ' to ')}`;
    this.flopsPlanned = part.flops;
    this.tell();
    const startedAt = this.run.now();
    const result = await this.computer.compute(part);
    const { analysis, subject, settingsJson } = part;
    this.record({ analysis, subject, part: part.part, settingsJson }, result, startedAt, this.flopsNow);
  }

  private async train(subject: string): Promise<void> {
    const { material, trainers, signal } = this.run;
    this.label = `training ${subject}`;
    this.flopsPlanned = this.trainingFlops;
    const startedAt = this.run.now();
    const outcome = await this.models.train(subject, trainers, {
      signal,
      onStep: (step) => {
        this.flopsNow = step * material.flopsPerStep;
        this.tell();
      },
    });
    if (outcome.hash === null) this.lost.add(subject);
    this.record(
      { analysis: 'models', subject, part: 'training', settingsJson: JSON.stringify({ step: material.lag }) },
      outcome,
      startedAt,
      outcome.step * material.flopsPerStep,
    );
    this.toTrain.delete(subject);
    this.flopsOver += this.trainingFlops;
    this.flopsNow = 0;
  }

  private record(
    key: Pick<LandscapePartRecord, 'analysis' | 'subject' | 'part' | 'settingsJson'>,
    result: object,
    startedAt: number,
    flops: number,
  ): void {
    const { store, material, now } = this.run;
    store.recordLandscapePart({
      ...key,
      studyId: material.studyId,
      resultJson: JSON.stringify(result),
      seconds: (now() - startedAt) / 1000,
      flops,
    });
  }

  private tell(): void {
    const { parts, onProgress } = this.run;
    onProgress({
      partsDone: parts.length - this.waiting.length,
      partsTotal: parts.length,
      flopsDone: this.flopsOver + Math.min(this.flopsNow, this.flopsPlanned),
      flopsTotal: this.flopsTotal,
      label: this.label,
    });
  }
}
