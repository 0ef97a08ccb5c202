/**
 * One error class with a closed set of codes. The sentence says what is and what must be; the hint is an
 * action. Outcomes such as `diverged` or `cancelled` are states of a run, not errors.
 */
export type ErrorCode =
  | 'bad-input' //         a file, form, flag or argument is not what it must be
  | 'refused' //           the request is well-formed, but it is not possible here or now
  | 'failed' //            something broke inside: a crash, a full disk, a damaged file
  | 'interrupted'; //      the user stopped it

export interface ErrorProblem {
  /** Where the problem is: a field path such as `recipe.learningRate`, a flag or a file. */
  readonly at: string;
  /** What is wrong, what was received and what is allowed. */
  readonly message: string;
  /** 1-based line in the file, where one is known. */
  readonly line?: number;
}

export class EspalierError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly ErrorProblem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; problems?: readonly ErrorProblem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EspalierError';
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }
}

/** Exit codes of the command line: 0 done, 2 bad input, 3 refused, 4 failed inside, 130 interrupted. */
export const EXIT_CODES = {
  'bad-input': 2,
  refused: 3,
  failed: 4,
  interrupted: 130,
} as const satisfies Record<ErrorCode, number>;

/** Whether the disk, or what this user may use of it, is full; the cause may lie deep. */
export function isDiskFull(error: unknown): boolean {
  for (let now = error; now instanceof Error; now = now.cause)
    if ('code' in now && /^(ENOSPC|EDQUOT|SQLITE_FULL)/.test(String(now.code))) return true;
  return error instanceof EspalierError && error.message.includes(DISK_FULL_MARK);
}
/** Crosses from a trainer in the text of its message, where the cause is lost. */
const DISK_FULL_MARK = 'ENOSPC';

/**
 * Whether a text, an error's message or the last words of a process, says that memory ran out. Runtimes have no code for
 * it: these are the words of C++, ONNX Runtime's arena, V8 and CUDA.
 */
export function saysOutOfMemory(text: string): boolean {
  return /std::bad_alloc|Failed to allocate memory|out of memory|Array buffer allocation failed/i.test(text);
}

/** A trainer had too little memory: no fault of what it trained, which is tried again when there is more. */
export function outOfMemory(how: string, cause?: unknown): EspalierError {
  return new EspalierError('refused', `the trainer ran out of memory (${how.split('\n')[0]})`, {
    hint: 'Raise compute.accumulationSteps, set compute.recompute to true, use fewer trainers or a smaller model, and run the study again: it goes on from its last checkpoints.',
    cause,
  });
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
