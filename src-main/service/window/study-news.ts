/** Tells whoever listens in this process that a study has changed; what changed is read from the history. */
export type NewsListener = (studyId: string) => void;

export class StudyNews {
  private readonly listeners = new Set<{
    readonly studyId: string | null;
    readonly listener: NewsListener;
  }>();

  /**
   * @param studyId one study, or null for all
   * @returns stops listening
   */
  on(studyId: string | null, listener: NewsListener): () => void {
    const entry = { studyId, listener };
    this.listeners.add(entry);
    return () => this.listeners.delete(entry);
  }

  tell(studyId: string): void {
    for (const entry of [...this.listeners])
      if (entry.studyId === null || entry.studyId === studyId) entry.listener(studyId);
  }
}
