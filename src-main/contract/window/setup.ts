/** What Setup asks while a study file is being written: what its data look like, and where files of a person go. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';

/** The data of a study file as its trainers would see them. */
export interface DataPreview {
  /** `Moby-Dick (Melville 1851)`. */
  readonly corpus: string;
  /** `character, 88 ids`. */
  readonly tokenizer: string;
  readonly documents: number;
  readonly characters: number;
  readonly trainingTokens: number;
  readonly validationTokens: number;
  readonly vocabulary: number;
  /** The first tokens of both parts, as text. */
  readonly trainingStart: readonly TokenPiece[];
  readonly validationStart: readonly TokenPiece[];
}

export interface TokenPiece {
  readonly id: number;
  readonly text: string;
}

/** Characters of a corpus file that comes through the window; larger ones are named by their path. */
export const MAX_CORPUS_CHARACTERS = 4_000_000;

export const setupContract = {
  /** Reads and tokenises the corpus; takes seconds for a large one. */
  previewData: oc
    .input(
      z.strictObject({
        text: z
          .string()
          .min(1, { error: 'must hold a study file; it is empty' })
          .max(200_000, { error: 'a study file has at most 200000 characters' }),
      }),
    )
    .output(type<DataPreview>()),
  /** Keeps a text file in the home folder; its path is for `data.corpus.path`. The same content is kept once. */
  addCorpusFile: oc
    .input(
      z.strictObject({
        name: z.string().regex(/^[^/\\\0]{1,200}\.(txt|md|jsonl)$/i, {
          error: 'must be the name of a .txt, .md or .jsonl file, without folders',
        }),
        text: z
          .string()
          .min(1, { error: 'must hold text; the file is empty' })
          .max(MAX_CORPUS_CHARACTERS, {
            error: `must have at most ${MAX_CORPUS_CHARACTERS} characters; name a larger file by its path in the study file`,
          }),
      }),
    )
    .output(type<{ readonly path: string }>()),
  /** Pools that come with the program. */
  pools: oc.output(type<readonly { readonly name: string; readonly strategies: number }[]>()),
};
