/** Short ways for tests to write strategies, and every kind of strategy for property tests. */
import fc from 'fast-check';
import type {
  GrowingStrategy,
  GrowingStrategyInput,
  OperatorKind,
} from '../../src-main/contract/strategy.ts';
import { growingStrategySchema } from '../../src-main/contract/strategy.ts';
import type { CompiledStrategy } from '../../src-main/growth/compile-strategy.ts';
import { compileStrategy } from '../../src-main/growth/compile-strategy.ts';
import { parsePlan, printPlan } from '../../src-main/growth/plan-shorthand.ts';

/** `Omit` that keeps the members of a union apart. */
type Unnamed<T> = T extends unknown ? Omit<T, 'name'> : never;

export const strategy = (knobs: Unnamed<GrowingStrategyInput>): GrowingStrategy =>
  growingStrategySchema.parse({ name: 'tested', ...knobs });

export const compile = (
  knobs: Unnamed<GrowingStrategyInput>,
  source: number,
  target: number,
): CompiledStrategy => compileStrategy(strategy(knobs), source, target);

/** The plan in shorthand. */
export const words = (knobs: Unnamed<GrowingStrategyInput>, source: number, target: number): string =>
  compile(knobs, source, target).planText;

/** Shorthand written with repeats, in full. */
export const inFull = (text: string): string => printPlan(parsePlan(text, 0));

const position = fc.oneof(
  fc.constantFrom('top' as const, 'middle' as const, 'bottom' as const),
  fc.integer({ min: 0, max: 6 }),
);
const length = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('half' as const));
const remainder = fc.constantFrom('even' as const, 'bottom' as const, 'top' as const);

/** Any strategy of every operator but `plan`; many do not apply to a given depth. */
export const anyStrategy: fc.Arbitrary<GrowingStrategy> = fc
  .oneof(
    fc.record({
      operator: fc.constant('stack' as const),
      remainder: fc.constantFrom('mod' as const, 'top' as const),
    }),
    fc.record({ operator: fc.constant('interleave' as const), remainder }),
    fc.record({
      operator: fc.constant('repeatBlock' as const),
      start: fc.integer({ min: 0, max: 4 }),
      length,
    }),
    fc.record({
      operator: fc.constantFrom('repeatFirst' as const, 'repeatMiddle' as const, 'repeatLast' as const),
      length,
    }),
    fc.record({ operator: fc.constant('midas' as const), block: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ operator: fc.constantFrom('dus' as const, 'mirror' as const, 'llamaPro' as const) }),
    fc.record({ operator: fc.constantFrom('random' as const, 'dead' as const), position }),
    fc.record({
      operator: fc.constant('identityRandom' as const),
      position: fc.oneof(position, fc.constant('inter' as const)),
    }),
    fc.record({
      operator: fc.constant('identityCopy' as const),
      position: fc.constantFrom('inter' as const, 'top' as const),
      remainder,
    }),
    fc.record({
      operator: fc.constant('neighbourAverage' as const),
      position: fc.constantFrom('top' as const, 'bottom' as const, 'even' as const),
    }),
    fc.record({ operator: fc.constant('half' as const), outScale: fc.constantFrom(undefined, 0.5, 0.25, 1) }),
  )
  .map((knobs) => growingStrategySchema.parse({ name: 'drawn', ...knobs }));

/** The kinds `anyStrategy` draws from; a test checks that none is forgotten. */
export const DRAWN_KINDS: readonly OperatorKind[] = [
  'stack',
  'interleave',
  'repeatBlock',
  'repeatFirst',
  'repeatMiddle',
  'repeatLast',
  'midas',
  'dus',
  'mirror',
  'random',
  'identityRandom',
  'identityCopy',
  'llamaPro',
  'neighbourAverage',
  'half',
  'dead',
];

/** The compiled strategy, or null where it is refused. */
export function compileOrNull(
  drawn: GrowingStrategy,
  source: number,
  target: number,
): CompiledStrategy | null {
  try {
    return compileStrategy(drawn, source, target);
  } catch {
    return null;
  }
}
