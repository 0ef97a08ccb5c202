/** Sizes a corpus must stay within, so that a wrong path is an error and not an exhausted machine. */
export interface CorpusLimits {
  readonly fileBytes: number;
  /** One line of a JSONL file. */
  readonly lineBytes: number;
  /** UTF-16 code units of the whole corpus; below the longest string V8 can hold (2^29 - 24). */
  readonly characters: number;
  readonly files: number;
  readonly folderDepth: number;
}

export const CORPUS_LIMITS: CorpusLimits = {
  fileBytes: 512 * 2 ** 20,
  lineBytes: 64 * 2 ** 20,
  characters: 500_000_000,
  files: 100_000,
  folderDepth: 64,
};
