/**
 * Several runs of equal shape that take every step together, in one graph (graph/candidate-axis.ts). Each run is
 * still its own `runJob`; what it asks of its session waits here until all others have asked the same, and is then
 * answered for all at once. A run that ends early leaves, and the others go on; when half of the places are empty the
 * graph is exchanged for a smaller one.
 *
 * The training clock of a run shows its share of the time that its rounds took, so that the seconds of all runs add up
 * to the seconds of the trainer. All runs see the same times: what they decide by them, they decide alike.
 */
import { EspalierError } from '../contract/errors.ts';
import type {
  CandidateGroup,
  CompiledGroup,
  CompiledModel,
  StepResults,
  TrainingSession,
  TrainingState,
} from '../engine/engine.ts';
import type { StepScalars } from '../model/adamw.ts';
import type { TrainingSpec } from '../model/training-programs.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';

/** What a run asks of its session. Rounds are made of requests that are equal but for the state. */
type Request =
  | { readonly kind: 'open'; readonly spec: TrainingSpec; readonly state: TrainingState }
  | { readonly kind: 'train'; readonly tokens: Int32Array; readonly scalars: readonly StepScalars[] }
  | { readonly kind: 'evaluate' | 'score'; readonly tokens: Int32Array }
  | { readonly kind: 'read' };

interface Asked {
  readonly request: Request;
  readonly answer: (result: unknown) => void;
  readonly refuse: (error: unknown) => void;
}

/** One run's place among the others. */
export interface LockstepMember {
  compile(spec: TrainingSpec): Promise<CompiledModel>;
  /** Milliseconds of the run's share of the rounds so far. */
  now(): number;
  /** When the last round ended, in milliseconds. */
  wall(): number;
  /** The run asks no more. */
  leave(): void;
}

export class Lockstep {
  private readonly compile: (spec: TrainingSpec, count: number) => Promise<CompiledGroup>;
  private readonly clock: () => number;
  private readonly live: Set<number>;
  private readonly asked = new Map<number, Asked>();
  private group: CandidateGroup | null = null;
  private spec: TrainingSpec | null = null;
  /** Which run has which place of the group. */
  private places: readonly number[] = [];
  private busy = false;
  private share = 0;
  private endedAt: number;

  /**
   * @param compile Gives the compiled group for so many candidates; whoever gives it disposes of it.
   * @param clock Monotonic, in milliseconds.
   */
  constructor(
    count: number,
    compile: (spec: TrainingSpec, count: number) => Promise<CompiledGroup>,
    clock: () => number,
  ) {
    this.compile = compile;
    this.clock = clock;
    this.endedAt = clock();
    this.live = new Set(Array.from({ length: count }, (_, index) => index));
  }

  /** The place of run `index`, from 0. */
  member(index: number): LockstepMember {
    return {
      compile: async (spec) => ({
        spec,
        open: async (state) => {
          await this.ask(index, { kind: 'open', spec, state });
          return this.sessionOf(index);
        },
        dispose: async () => {},
      }),
      now: () => this.share,
      wall: () => this.endedAt,
      leave: () => {
        this.live.delete(index);
        this.proceed();
      },
    };
  }

  private sessionOf(index: number): TrainingSession {
    const ask = <Result>(request: Request): Promise<Result> => this.ask(index, request) as Promise<Result>;
    return {
      train: (tokens, scalars) => ask<StepResults>({ kind: 'train', tokens, scalars }),
      evaluate: (tokens) => ask<Float32Array>({ kind: 'evaluate', tokens }),
      score: (tokens) => ask<Float32Array>({ kind: 'score', tokens }),
      read: () => ask<TrainingState>({ kind: 'read' }),
      readParameters: async (): Promise<TensorMap> => (await ask<TrainingState>({ kind: 'read' })).parameters,
      write: async () => {
        throw new EspalierError('failed', 'a run among others cannot be given another state');
      },
      dispose: async () => {}, // the next open, or the last one to leave, disposes of all
    };
  }

  private ask(index: number, request: Request): Promise<unknown> {
    return new Promise((answer, refuse) => {
      this.asked.set(index, { request, answer, refuse });
      this.proceed();
    });
  }

  /** Begins a round when everybody who is left has asked. */
  private proceed(): void {
    if (this.busy || this.asked.size < this.live.size) return;
    if (this.live.size === 0) {
      void this.group?.dispose();
      this.group = null;
      return;
    }
    const round = [...this.asked].sort(([a], [b]) => a - b);
    this.asked.clear();
    this.busy = true;
    const startedAt = this.clock();
    void this.results(round.map(([index, { request }]) => ({ index, request })))
      .then(
        (results) => {
          this.endedAt = this.clock();
          this.share += (this.endedAt - startedAt) / round.length;
          return () => {
            for (const [place, [, { answer }]] of round.entries()) answer(results[place]);
          };
        },
        (error: unknown) => () => {
          for (const [, { refuse }] of round) refuse(error);
        },
      )
      .then((tell) => {
        this.busy = false;
        tell();
      });
  }

  /** One result for each request, in their order. */
  private async results(
    round: readonly { readonly index: number; readonly request: Request }[],
  ): Promise<readonly unknown[]> {
    const { request } = round[0]!;
    const indexes = round.map(({ index }) => index);
    if (request.kind === 'open') {
      const states = round.map((other) => stateOf(request.spec, other.request));
      await this.enter(request.spec, indexes, states);
      return indexes.map(() => undefined);
    }
    if (!round.every((other) => isEqual(request, other.request)))
      throw new EspalierError('failed', 'runs that train in one graph asked for different things');
    const group = await this.groupFor(indexes);
    const all = await answerOf(group, request);
    return indexes.map((index) => all[this.places.indexOf(index)]);
  }

  /** The group, exchanged for a smaller one where half of it would train for nobody. */
  private async groupFor(indexes: readonly number[]): Promise<CandidateGroup> {
    const group = this.group!;
    if (indexes.length > this.places.length / 2) return group;
    const states = await group.read();
    await this.enter(
      this.spec!,
      indexes,
      indexes.map((index) => states[this.places.indexOf(index)]!),
    );
    return this.group!;
  }

  private async enter(
    spec: TrainingSpec,
    indexes: readonly number[],
    states: readonly TrainingState[],
  ): Promise<void> {
    await this.group?.dispose();
    this.group = null;
    const compiled = await this.compile(spec, indexes.length);
    this.group = await compiled.open(states);
    this.spec = spec;
    this.places = indexes;
  }
}

function answerOf(
  group: CandidateGroup,
  request: Exclude<Request, { kind: 'open' }>,
): Promise<readonly unknown[]> {
  switch (request.kind) {
    case 'train':
      return group.train(request.tokens, request.scalars);
    case 'evaluate':
      return group.evaluate(request.tokens);
    case 'score':
      return group.score(request.tokens);
    case 'read':
      return group.read();
    default:
      return request satisfies never;
  }
}

function stateOf(spec: TrainingSpec, request: Request): TrainingState {
  if (request.kind === 'open' && JSON.stringify(request.spec) === JSON.stringify(spec)) return request.state;
  throw new EspalierError('failed', 'runs that train in one graph must have one architecture and recipe');
}

function isEqual(one: Request, other: Request): boolean {
  if (one.kind !== other.kind) return false;
  const tokensOf = (request: Request): Int32Array | null => ('tokens' in request ? request.tokens : null);
  const [a, b] = [tokensOf(one), tokensOf(other)];
  if (a && b && (a.length !== b.length || a.some((id, index) => id !== b[index]))) return false;
  return one.kind !== 'train' || other.kind !== 'train'
    ? true
    : JSON.stringify(one.scalars) === JSON.stringify(other.scalars);
}
