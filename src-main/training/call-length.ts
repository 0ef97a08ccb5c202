/**
 * How many steps one engine call should take. A call costs what its steps cost, and on some devices a fixed time
 * besides: on CUDA the state crosses to the device and back, 275 ms for 25 million parameters. Calls grow until that
 * is a small share of them, and end soon enough that a cancel or a progress line need not wait long.
 */

const MOST_STEPS = 256;
/** Where steps are all that a call costs, it takes about so long, milliseconds. */
const USUAL_MS = 1000;
/** No call is made longer than this to thin out its fixed time. */
const LONGEST_MS = 4000;
/** The share of a call that its fixed time may have. */
const FIXED_SHARE = 0.1;
/** How much of a longer time is believed. */
const FORGETTING = 0.3;

export class CallLength {
  /** Steps of the next call. */
  private steps = 1;
  /** What a call usually takes, in milliseconds by its number of steps. */
  private readonly usual = new Map<number, number>();

  /** Steps of the next call when `remaining` are left, at least 1. */
  next(remaining: number): number {
    return Math.max(1, Math.min(this.steps, remaining));
  }

  /** A call of `steps` steps took `ms` milliseconds. */
  took(steps: number, ms: number): void {
    // A shorter time is believed at once, a longer one, which a busy moment gives as well, by and by.
    const before = this.usual.get(steps) ?? ms;
    const usual = ms <= before ? ms : before + FORGETTING * (ms - before);
    this.usual.set(steps, usual);
    if (steps !== this.steps) return; // cut short by an evaluation
    const fixed = this.fixedMs();
    const isThin = fixed !== null && fixed <= FIXED_SHARE * usual;
    if (usual <= USUAL_MS / 2 || (!isThin && usual <= LONGEST_MS / 2))
      this.steps = Math.min(MOST_STEPS, 2 * steps);
    else if (usual > (isThin ? USUAL_MS : LONGEST_MS)) this.steps = Math.max(1, Math.floor(steps / 2));
  }

  /** The fixed time of a call, from those of fewest and of most steps; null before there are two kinds. */
  private fixedMs(): number | null {
    if (this.usual.size < 2) return null;
    const sizes = [...this.usual.keys()];
    const [few, many] = [Math.min(...sizes), Math.max(...sizes)];
    const [short, long] = [this.usual.get(few)!, this.usual.get(many)!];
    const stepMs = Math.max(0, (long - short) / (many - few));
    return Math.max(0, short - few * stepMs);
  }
}
