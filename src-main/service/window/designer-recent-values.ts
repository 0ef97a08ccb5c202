/** Values that are dear to make, the most recently used ones kept. */
export class RecentValues<Value> {
  private readonly values = new Map<string, Value>();
  private readonly limit: number;
  private readonly onGone: (value: Value) => void;

  constructor(limit: number, onGone: (value: Value) => void = () => {}) {
    this.limit = limit;
    this.onGone = onGone;
  }

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.values.delete(key);
    this.values.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.values.delete(key);
    this.values.set(key, value);
    for (const [oldest, gone] of this.values) {
      if (this.values.size <= this.limit) break;
      this.values.delete(oldest);
      this.onGone(gone);
    }
  }

  getOrMake(key: string, make: () => Value): Value {
    const known = this.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.set(key, value);
    return value;
  }
}
