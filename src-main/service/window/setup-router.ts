/** Setup for the window: previews of data, corpus files, pools. */
import { join } from 'node:path';
import { implement } from '@orpc/server';
import type { DataSpec } from '../../contract/data-spec.ts';
import { EspalierError } from '../../contract/errors.ts';
import { parseStudy } from '../../contract/study-text.ts';
import { type DataPreview, setupContract, type TokenPiece } from '../../contract/window/setup.ts';
import { buildDataset, type Dataset } from '../../data/dataset.ts';
import { writeDurably } from '../../data/durable-file.ts';
import { tokenizerFromJson } from '../../data/tokenizer-json.ts';
import { makeHome } from '../home.ts';
import { makeFolder } from '../make-folder.ts';
import { listPools } from '../pool-view.ts';
import type { WindowContext } from './context.ts';

/** Folder in the home folder for corpus files that came through the window. */
const CORPUS_FOLDER = 'corpora';
/** Tokens of each part that are shown. */
const SHOWN_TOKENS = 160;

export function setupRouter({ home }: WindowContext) {
  const router = implement(setupContract);
  let last: { readonly key: string; readonly preview: DataPreview } | null = null;
  return {
    previewData: router.previewData.handler(({ input }) => {
      const { data, model } = parseStudy({ path: 'study', text: input.text });
      const key = JSON.stringify([data, model.context]);
      // A file may have changed since: only what comes with the program is remembered.
      const isFixed = !(typeof data.corpus === 'object' && 'path' in data.corpus);
      if (last?.key === key && isFixed) return last.preview;
      const preview = previewOf(data, model.context);
      last = { key, preview };
      return preview;
    }),
    addCorpusFile: router.addCorpusFile.handler(({ input }) => {
      const { name, text } = input;
      const folder = join(home.folder, CORPUS_FOLDER);
      if (text.includes('\0'))
        throw new EspalierError('bad-input', `${name} is a binary file; it must be UTF-8 text`);
      makeHome(home);
      makeFolder(folder);
      // Files of one name and other content must not replace each other: studies read them again on resuming.
      const { path } = writeDurably(folder, [Buffer.from(text)], (hash) =>
        name.replace(/(\.[a-z]+)$/i, `-${hash.slice(0, 8)}$1`),
      );
      return { path };
    }),
    pools: router.pools.handler(() => listPools().map(({ name, strategies }) => ({ name, strategies }))),
  };
}

function previewOf(data: DataSpec, context: number): DataPreview {
  const dataset = buildDataset(data, { context });
  const { description, trainingTokens, validationTokens, vocabulary } = dataset;
  return {
    ...description,
    trainingTokens,
    validationTokens,
    vocabulary,
    trainingStart: piecesOf(dataset, 0),
    validationStart: piecesOf(dataset, trainingTokens),
  };
}

function piecesOf({ tokens, tokenizerJson }: Dataset, from: number): TokenPiece[] {
  const tokenizer = tokenizerFromJson(tokenizerJson);
  return Array.from(tokens.subarray(from, from + SHOWN_TOKENS), (id) => ({
    id,
    text: tokenizer.decode([id]),
  }));
}
