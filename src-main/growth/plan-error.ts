/** Errors about plans and strategies: a stable code in brackets, what is, what must be, and a way out. */
import { EspalierError } from '../contract/errors.ts';

export type PlanErrorCode =
  | 'E_SHRINK' //        the target is shallower than the source
  | 'E_RANGE' //         an index or knob is outside its range
  | 'E_DIVIDE' //        the operator demands a divisibility
  | 'E_PLAN_LENGTH' //   the plan does not have one entry for each target layer
  | 'E_ARCH_MISMATCH'; // source and target differ in a size that depth growth does not change

/** A request that is well-formed, but not possible for this source and target. */
export function refusal(code: PlanErrorCode, message: string, wayOut: string): EspalierError {
  return new EspalierError('refused', `${message} (${code})`, { hint: wayOut });
}

/** A plan or knob that is wrong whatever the source and target. */
export function invalid(code: PlanErrorCode, message: string, wayOut: string): EspalierError {
  return new EspalierError('bad-input', `${message} (${code})`, { hint: wayOut });
}
