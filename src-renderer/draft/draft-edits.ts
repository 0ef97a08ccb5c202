/**
 * The edits of a draft on their way to the service, one after the other. The text on the screen changes at once;
 * what the service confirms follows. Plain TypeScript: the caller brings the calls and gets told of changes.
 */
import type { Draft, DraftVersion } from '../../src-main/contract/window/drafts.ts';
import { type RecentEdit, recentEdits } from './recent-edits.ts';

export interface DraftCalls {
  get(input: { id: string }): Promise<Draft>;
  edit(input: { id: string; version: number; label: string; text: string }): Promise<Draft>;
  undo(input: { id: string; version: number }): Promise<Draft>;
  redo(input: { id: string; version: number }): Promise<Draft>;
  nameVersion(input: { id: string; version: number; name: string }): Promise<Draft>;
  returnTo(input: { id: string; version: number; named: number }): Promise<Draft>;
}

export interface ShownDraft {
  readonly text: string;
  readonly version: number;
  readonly undoLabel: string | null;
  readonly redoLabel: string | null;
  readonly recent: readonly RecentEdit[];
  readonly versions: readonly DraftVersion[];
  readonly isSaved: boolean;
  /** When the service saved the last edit; ISO 8601, UTC. */
  readonly savedAt: string;
}

type StepCall = (at: { id: string; version: number }) => Promise<Draft>;

interface Waiting {
  readonly label: string;
  text: string;
  readonly merge: string | undefined;
}

/** Milliseconds that an edit with a merge key waits for another of the same key. */
const MERGE_WITHIN = 600;

export class DraftEdits {
  private draft: Draft;
  private waiting: Waiting[] = [];
  private isSending = false;
  private lastStep: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly calls: DraftCalls;
  private readonly tell: (shown: ShownDraft) => void;
  private readonly fail: (error: unknown) => void;

  constructor(
    draft: Draft,
    calls: DraftCalls,
    tell: (shown: ShownDraft) => void,
    fail: (error: unknown) => void,
  ) {
    this.draft = draft;
    this.calls = calls;
    this.tell = tell;
    this.fail = fail;
    this.show();
  }

  get text(): string {
    return this.waiting.at(-1)?.text ?? this.draft.text;
  }

  edit(label: string, text: string, merge?: string): void {
    if (text === this.text) return;
    const last = this.waiting.at(-1);
    const isHeld = this.timer !== null;
    if (isHeld && last && merge !== undefined && last.merge === merge) last.text = text;
    else this.waiting.push({ label, text, merge });
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (merge === undefined) void this.send();
    else this.timer = setTimeout(() => void this.flush(), MERGE_WITHIN);
    this.show();
  }

  /** Sends what is held; ends when the service has everything. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.send();
  }

  undo(): Promise<void> {
    return this.step((at) => this.calls.undo(at));
  }

  redo(): Promise<void> {
    return this.step((at) => this.calls.redo(at));
  }

  nameVersion(name: string): Promise<void> {
    return this.step((at) => this.calls.nameVersion({ ...at, name }));
  }

  /** The text of a named version again, as one edit. */
  returnTo(named: number): Promise<void> {
    return this.step((at) => this.calls.returnTo({ ...at, named }));
  }

  /** Undoes or redoes up to an edit of the list: below 0 back, above 0 forward. */
  async go(by: number): Promise<void> {
    await Promise.all(Array.from({ length: Math.abs(by) }, () => (by < 0 ? this.undo() : this.redo())));
  }

  /** The newest draft of the service, from its stream. Older ones than known, and those while edits wait, are left out. */
  take(draft: Draft): void {
    // A name leaves the version as it is.
    if (draft.version < this.draft.version || this.waiting.length > 0 || this.isSending) return;
    this.draft = draft;
    this.show();
  }

  /** Steps that are asked for quickly are taken one after the other, each on the version of the one before. */
  private step(call: StepCall): Promise<void> {
    this.lastStep = this.lastStep.then(() => this.takeStep(call));
    return this.lastStep;
  }

  private async takeStep(call: StepCall): Promise<void> {
    await this.flush();
    if (this.waiting.length > 0) return;
    try {
      this.accept(await call({ id: this.draft.id, version: this.draft.version }));
    } catch (error) {
      this.fail(error);
    }
  }

  private accept(draft: Draft): void {
    if (draft.version >= this.draft.version) this.draft = draft;
    this.show();
  }

  private async send(): Promise<void> {
    while (this.isSending) await new Promise((resolve) => setTimeout(resolve, 5));
    this.isSending = true;
    try {
      let next = this.next();
      while (next) {
        const { label, text } = next;
        const draft = await this.sendOne(label, text);
        this.waiting.shift();
        this.accept(draft);
        next = this.next();
      }
    } catch (error) {
      // The text stays on the screen and waits; the next edit tries again.
      this.fail(error);
    } finally {
      this.isSending = false;
      this.show();
    }
  }

  /** Where another window was quicker, its edit becomes a step before this one: undo leads back to it. */
  private async sendOne(label: string, text: string): Promise<Draft> {
    const { id, version } = this.draft;
    try {
      return await this.calls.edit({ id, version, label, text });
    } catch (error) {
      const newest = await this.calls.get({ id });
      if (newest.version === version) throw error;
      this.draft = newest;
      return this.calls.edit({ id, version: newest.version, label, text });
    }
  }

  /** The next edit that nothing may be added to. */
  private next(): Waiting | undefined {
    return this.timer !== null && this.waiting.length === 1 ? undefined : this.waiting[0];
  }

  private show(): void {
    const last = this.waiting.at(-1);
    this.tell({
      text: this.text,
      version: this.draft.version + this.waiting.length,
      undoLabel: last ? last.label : this.draft.undoLabel,
      redoLabel: last ? null : this.draft.redoLabel,
      recent: recentEdits(
        this.draft,
        this.waiting.map(({ label }) => label),
      ),
      versions: this.draft.versions,
      isSaved: this.waiting.length === 0,
      savedAt: this.draft.updatedAt,
    });
  }
}
