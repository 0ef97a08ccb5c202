/** The interface of all tokenizers: text to token ids and back. */
export interface Tokenizer {
  /** Ids are whole numbers from 0 to vocabularySize - 1. */
  readonly vocabularySize: number;
  /** The id that stands for everything the tokenizer does not know; null where nothing is unknown. */
  readonly unknownId: number | null;
  /** `character, 96 ids`. */
  readonly description: string;
  encode(text: string): Int32Array;
  /**
   * Text of a list of ids. Bytes that form no UTF-8 (a model may sample any order) become U+FFFD.
   * @throws EspalierError `bad-input` for an id outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string;
  /** JSON text that tokenizerFromJson turns back into an equal tokenizer; equal tokenizers give equal text. */
  toJson(): string;
}
