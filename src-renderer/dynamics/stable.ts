/** A computed value that stays the same object while it says the same, so that what depends on it rests. */
import { type ComputedRef, computed } from 'vue';

/** @param compute small plain data: it is compared as JSON */
export function stable<Value extends object>(compute: () => Value): ComputedRef<Value> {
  return computed((before?: Value) => {
    const next = compute();
    return before !== undefined && JSON.stringify(before) === JSON.stringify(next) ? before : next;
  });
}
