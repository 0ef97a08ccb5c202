/** Time left, from the rate since a run began or went on. Work that was done before does not count as speed. */
export class RemainingTime {
  private readonly now: () => number;
  private start: { readonly at: number; readonly share: number } | null = null;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /**
   * @param share of the work that is done, 0 … 1
   * @returns seconds; null until two seconds and a thousandth of the work have been seen
   */
  secondsLeft(share: number): number | null {
    this.start ??= { at: this.now(), share };
    const seconds = (this.now() - this.start.at) / 1000;
    const done = share - this.start.share;
    if (seconds < 2 || done < 0.001) return null;
    return ((1 - share) * seconds) / done;
  }
}
