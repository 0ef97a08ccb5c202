/** One line of progress on stderr: rewritten in place on a terminal, a plain line now and then elsewhere. */

const REWRITE_MS = 100;
const PLAIN_LINE_MS = 10_000;

export class StatusLine {
  private readonly stream: NodeJS.WriteStream;
  private shownAtMs = Number.NEGATIVE_INFINITY;
  private hasLine = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Shows `text` unless the last was shown a moment before `atMs`; an urgent one always. */
  show(text: () => string, atMs: number, isUrgent = false): void {
    if (!isUrgent && atMs - this.shownAtMs < (this.isTerminal ? REWRITE_MS : PLAIN_LINE_MS)) return;
    this.shownAtMs = atMs;
    if (this.isTerminal) this.rewrite(text().slice(0, Math.max(20, (this.stream.columns ?? 80) - 1)));
    else this.stream.write(`${text()}\n`);
  }

  /** Rewrites the line; nothing where no line can be rewritten. */
  rewrite(text: string): void {
    if (!this.isTerminal) return;
    this.stream.write(`\r\u001b[K${text}`);
    this.hasLine = true;
  }

  /** Removes the rewritten line, so that other text may follow. */
  clear(): void {
    if (this.hasLine) this.stream.write('\r\u001b[K');
    this.hasLine = false;
  }
}
