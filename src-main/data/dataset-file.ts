/**
 * The tokenised dataset as one file, named by its content hash, so that trainers in other processes (or on other
 * machines) read exactly what the study was planned with.
 *
 * Layout: magic `ESPALTOK`, 32-bit little-endian header length, header as JSON padded with spaces so that the
 * tokens begin at a multiple of 8, then the tokens as 32-bit little-endian integers.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { bytesOf, type Dataset, datasetHash } from './dataset.ts';
import { writeDurably } from './durable-file.ts';
import { unreadable } from './file-access.ts';

const MAGIC = 'ESPALTOK';
const PREFIX_BYTES = MAGIC.length + 4;

const count = z.number().int().min(0);
const headerSchema = z.strictObject({
  version: z.literal(1),
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  trainingTokens: count,
  validationTokens: count,
  vocabulary: count,
  tokenizerJson: z.string(),
  description: z.strictObject({
    corpus: z.string(),
    tokenizer: z.string(),
    documents: count,
    characters: count,
  }),
});

/** `<content hash>.tokens`. */
export const datasetFileName = (contentHash: string): string => `${contentHash}.tokens`;

/**
 * Writes the dataset into the folder and returns the path. If a file of its name is there, nothing is written: the
 * reader verifies it.
 * @throws EspalierError `failed` when it cannot be written.
 */
export function writeDatasetFile(folder: string, dataset: Dataset): string {
  const name = datasetFileName(dataset.contentHash);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const { tokens, ...rest } = dataset;
  const json = JSON.stringify({ version: 1, ...rest } satisfies z.infer<typeof headerSchema>);
  const unpadded = PREFIX_BYTES + Buffer.byteLength(json);
  const header = Buffer.from(json + ' '.repeat((8 - (unpadded % 8)) % 8));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(header.length, MAGIC.length);
  return writeDurably(folder, [prefix, header, bytesOf(tokens)], () => name).path;
}

/**
 * Reads a dataset file and verifies its hash and that every token belongs to the vocabulary.
 * @throws EspalierError `bad-input` when it cannot be opened, `failed` when it is damaged or no dataset file.
 */
export function readDatasetFile(path: string): Dataset {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (file.length < PREFIX_BYTES || file.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw damaged(path, `it does not begin with ${MAGIC}`);
  const tokensAt = PREFIX_BYTES + file.readUInt32LE(MAGIC.length);
  if (tokensAt > file.length) throw damaged(path, 'its header is longer than the file');
  const { version: _, ...header } = parseHeader(path, file.toString('utf8', PREFIX_BYTES, tokensAt));
  const tokenCount = header.trainingTokens + header.validationTokens;
  if (file.length !== tokensAt + 4 * tokenCount)
    throw damaged(path, `it has ${file.length} bytes, its header asks for ${tokensAt + 4 * tokenCount}`);
  const tokens = new Int32Array(tokenCount);
  file.copy(bytesOf(tokens), 0, tokensAt);
  if (datasetHash({ ...header, tokens }) !== header.contentHash)
    throw damaged(path, 'its hash does not match');
  if (!tokens.every((token) => token >= 0 && token < header.vocabulary))
    throw damaged(path, 'a token lies outside the vocabulary');
  return { ...header, tokens };
}

function parseHeader(path: string, json: string): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(json));
  } catch (error) {
    throw damaged(path, `its header is not readable: ${messageOf(error).slice(0, 200)}`, error);
  }
}

function damaged(path: string, reason: string, cause?: unknown): EspalierError {
  return new EspalierError('failed', `${path} is not a usable dataset file: ${reason}.`, {
    hint: 'Delete it; it is written again from the corpus.',
    cause,
  });
}
