/** How fast a study trains now: steps of all its runs over the last seconds, in tokens. */

/** Milliseconds that are looked back over. */
const WINDOW = 15_000;
/** Milliseconds that must have been seen before anything is said. */
const LEAST = 1000;

export class TrainingSpeed {
  private readonly tokensPerStep: number;
  private readonly now: () => number;
  private readonly steps = new Map<string, number>();
  /** Steps done since the first report, at moments within the window; the oldest first. */
  private seen: { readonly at: number; readonly steps: number }[] = [];
  private total = 0;

  /** @param now milliseconds on a clock that never goes back */
  constructor(tokensPerStep: number, now: () => number = () => performance.now()) {
    this.tokensPerStep = tokensPerStep;
    this.now = now;
  }

  /**
   * A run has come to a step. What it had done when it was first heard of is not speed.
   * @returns tokens a second; null until a second has been seen
   */
  after(runId: string | null, step: number): number | null {
    const at = this.now();
    if (runId !== null) {
      this.total += Math.max(0, step - (this.steps.get(runId) ?? step));
      this.steps.set(runId, step);
    }
    this.seen.push({ at, steps: this.total });
    // The one just before the window stays, so that a pause between reports counts as time.
    while ((this.seen[1]?.at ?? at) < at - WINDOW) this.seen.shift();
    const [first] = this.seen;
    if (!first || at - first.at < LEAST) return null;
    return (1000 * this.tokensPerStep * (this.total - first.steps)) / (at - first.at);
  }
}
