/**
 * The sequences of a metric as one file beside the dataset, named by content hash.
 *
 * Layout: magic `ESPALMET`, 32-bit little-endian header length, header as JSON padded with spaces so that the
 * tokens begin at a multiple of 8, then the tokens as 32-bit little-endian integers, then one byte for each token
 * that says whether it is an answer (kind `accuracy` only).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { bytesOf } from './dataset.ts';
import { writeDurably } from './durable-file.ts';
import { unreadable } from './file-access.ts';
import { type MetricData, metricHash } from './metric-data.ts';

const MAGIC = 'ESPALMET';
const PREFIX_BYTES = MAGIC.length + 4;

const headerSchema = z.strictObject({
  version: z.literal(1),
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  kind: z.enum(['loss', 'accuracy']),
  sequenceLength: z.number().int().min(2),
  vocabulary: z.number().int().min(1),
  sequences: z.number().int().min(1),
});

/** `<content hash>.metric`. */
export const metricFileName = (contentHash: string): string => `${contentHash}.metric`;

/**
 * Writes the sequences into the folder and returns the path. If a file of its name is there, nothing is written: the
 * reader verifies it.
 * @throws EspalierError `failed` when it cannot be written.
 */
export function writeMetricFile(folder: string, data: MetricData): string {
  const { kind, sequenceLength, vocabulary, tokens, answers } = data;
  const contentHash = metricHash(data);
  const name = metricFileName(contentHash);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const sequences = tokens.length / sequenceLength;
  const json = JSON.stringify({
    version: 1,
    contentHash,
    kind,
    sequenceLength,
    vocabulary,
    sequences,
  } satisfies z.infer<typeof headerSchema>);
  const header = Buffer.from(json + ' '.repeat((8 - ((PREFIX_BYTES + json.length) % 8)) % 8));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(header.length, MAGIC.length);
  return writeDurably(folder, [prefix, header, bytesOf(tokens), answers], () => name).path;
}

/**
 * Reads a metric file and verifies its hash and that every token belongs to the vocabulary.
 * @throws EspalierError `bad-input` when it cannot be opened, `failed` when it is damaged or no metric file.
 */
export function readMetricFile(path: string): MetricData {
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
  const header = parseHeader(path, file.toString('utf8', PREFIX_BYTES, tokensAt));
  const { kind, sequenceLength, vocabulary, sequences, contentHash } = header;
  const count = sequences * sequenceLength;
  const answerCount = kind === 'accuracy' ? count : 0;
  const expected = tokensAt + 4 * count + answerCount;
  if (file.length !== expected)
    throw damaged(path, `it has ${file.length} bytes, its header asks for ${expected}`);
  const tokens = new Int32Array(count);
  file.copy(bytesOf(tokens), 0, tokensAt);
  const answers = Uint8Array.from(file.subarray(tokensAt + 4 * count));
  const data: MetricData = { kind, sequenceLength, vocabulary, tokens, answers };
  if (metricHash(data) !== contentHash) throw damaged(path, 'its hash does not match');
  if (!tokens.every((token) => token >= 0 && token < vocabulary))
    throw damaged(path, 'a token lies outside the vocabulary');
  return data;
}

function parseHeader(path: string, json: string): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(json));
  } catch (error) {
    throw damaged(path, `its header is not readable: ${messageOf(error).slice(0, 200)}`, error);
  }
}

function damaged(path: string, reason: string, cause?: unknown): EspalierError {
  return new EspalierError('failed', `${path} is not a usable metric file: ${reason}.`, {
    hint: 'Delete it; it is made again from the study file.',
    cause,
  });
}
