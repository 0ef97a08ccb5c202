/**
 * The architecture as a test: imports point downwards only, no file is part of an import cycle, no file
 * grows past its limit, native libraries stay behind their fence, and the pure layers touch no clock,
 * randomness or file system.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** What each folder of src-main may import besides itself; `contract` is open to everyone. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  contract: [],
  tensor: [],
  graph: ['tensor'],
  model: ['graph', 'tensor'],
  onnx: ['graph', 'tensor'],
  native: ['graph', 'tensor'],
  growth: ['model', 'graph', 'tensor'],
  engine: ['native', 'onnx', 'model', 'graph', 'tensor'],
  data: ['tensor'],
  download: [],
  history: ['tensor'],
  training: ['engine', 'data', 'model', 'onnx', 'graph', 'tensor'],
  lag: ['training', 'growth', 'engine', 'data', 'history', 'model', 'onnx', 'graph', 'tensor'],
  landscape: ['training', 'growth', 'engine', 'data', 'history', 'model', 'onnx', 'graph', 'tensor'],
  report: ['history', 'growth', 'model', 'graph', 'tensor'],
  service: [
    'lag',
    'landscape',
    'report',
    'training',
    'growth',
    'engine',
    'data',
    'download',
    'history',
    'model',
    'onnx',
    'graph',
    'tensor',
  ],
  cli: ['service', 'server'],
  server: ['service'],
  electron: ['service'],
};

/** Packages that only the named files or folders may import. */
const FENCES: readonly { package: RegExp; allowed: RegExp; why: string }[] = [
  {
    package: /^onnxruntime-node$/,
    allowed: /^src-main\/engine\/onnxruntime-/,
    why: 'one runtime, one fence',
  },
  { package: /^koffi$/, allowed: /^src-main\/engine\/native-/, why: 'one runtime, one fence' },
  { package: /^@tensorflow\//, allowed: /^src-main\/engine\/tensorflow-/, why: 'one runtime, one fence' },
  { package: /^better-sqlite3$/, allowed: /^src-main\/history\//, why: 'only history/ owns the database' },
  {
    package: /^electron($|\/)/,
    allowed: /^src-main\/electron\//,
    why: 'everything else runs without Electron',
  },
  { package: /^vue($|\/)/, allowed: /^src-renderer\//, why: 'Vue lives in the renderer' },
  {
    package: /^echarts($|\/)/,
    allowed: /^(src-main\/report|src-renderer)\//,
    why: 'charts are drawn in two places',
  },
  { package: /^@bufbuild\//, allowed: /^src-main\/onnx\//, why: 'protobuf is ONNX business' },
  {
    package: /^hyparquet(-writer)?$/,
    allowed: /^src-main\/data\//,
    why: 'files are read and written by data/',
  },
  {
    package: /^yauzl$/,
    allowed: /^src-main\/download\//,
    why: 'what comes from outside is unpacked in one place',
  },
  { package: /^commander$/, allowed: /^src-main\/cli\//, why: 'argument parsing is the command line' },
];

const PURE = new Set(['contract', 'tensor', 'graph', 'model', 'onnx', 'native', 'growth', 'report']);
const IMPURE_IMPORT = /^node:(fs|child_process|os|net|http|worker_threads|timers|crypto)/;
const IMPURE_CALL = /\b(Math\.random|Date\.now|new Date\(\)|performance\.now|process\.(env|cwd|hrtime))\b/;

const LINE_LIMIT = 400;
const TABLE_LIMIT = 500; // files named *-rules.ts or *-kernels.ts hold one total table

interface Source {
  path: string;
  text: string;
  imports: string[];
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

function readSource(file: string): Source {
  const raw = readFileSync(file, 'utf8');
  const text = file.endsWith('.vue') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(raw)?.[1] ?? '') : raw;
  const imports = ts.preProcessFile(text, true, true).importedFiles.map((entry) => entry.fileName);
  return { path: relative(root, file), text: raw, imports };
}

const sources = [...sourceFiles(join(root, 'src-main')), ...sourceFiles(join(root, 'src-renderer'))].map(
  readSource,
);
const byPath = new Map(sources.map((source) => [source.path, source]));

/** Resolves a relative import to a path from the repository root; undefined for packages. */
function target(source: Source, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(root, resolve(root, dirname(source.path), specifier.replace(/\?.*$/, '')));
}

const folderOf = (path: string): string => path.split('/')[1] ?? '';

describe('layers', () => {
  it('finds the sources it is meant to guard', () => {
    expect(sources.length).toBeGreaterThan(3);
  });

  it('import downwards only', () => {
    const broken: string[] = [];
    for (const source of sources) {
      for (const specifier of source.imports) {
        const to = target(source, specifier);
        if (to === undefined) continue;
        if (source.path.startsWith('src-renderer/')) {
          const isOpen =
            to.startsWith('src-renderer/') ||
            to.startsWith('resources/') ||
            (to.startsWith('src-main/') && PURE.has(folderOf(to)));
          if (!isOpen)
            broken.push(
              `${source.path} may not import ${to}: the renderer sees the pure layers of src-main only`,
            );
          continue;
        }
        if (!to.startsWith('src-main/')) {
          if (!to.startsWith('resources/') && to !== 'package.json')
            broken.push(`${source.path} reaches outside src-main: ${to}`);
          continue;
        }
        const [from, into] = [folderOf(source.path), folderOf(to)];
        if (from === into || into === 'contract') continue;
        if (!(MAY_IMPORT[from] ?? []).includes(into))
          broken.push(
            `${source.path} may not import ${to}: ${from} may use ${(MAY_IMPORT[from] ?? []).join(', ') || 'nothing'}`,
          );
      }
    }
    expect(broken).toEqual([]);
  });

  it('have no import that resolves to nothing', () => {
    const missing = sources.flatMap((source) =>
      source.imports
        .map((specifier) => target(source, specifier))
        .filter((to): to is string => to !== undefined && !existsSync(join(root, to)))
        .map((to) => `${source.path} imports ${to}`),
    );
    expect(missing).toEqual([]);
  });

  it('contain no import cycle', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (path: string, trail: string[]): void => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      state.set(path, 'open');
      const source = byPath.get(path);
      for (const specifier of source?.imports ?? []) {
        const to = source && target(source, specifier);
        if (to && byPath.has(to)) visit(to, [...trail, path]);
      }
      state.set(path, 'done');
    };
    for (const path of byPath.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('keep native and heavy packages behind their fences', () => {
    const broken = sources.flatMap((source) =>
      source.imports.flatMap((specifier) =>
        FENCES.filter((fence) => fence.package.test(specifier) && !fence.allowed.test(source.path)).map(
          (fence) => `${source.path} imports ${specifier}: ${fence.why}`,
        ),
      ),
    );
    expect(broken).toEqual([]);
  });

  it('keep the pure layers pure', () => {
    const broken: string[] = [];
    for (const source of sources) {
      if (!source.path.startsWith('src-main/') || !PURE.has(folderOf(source.path))) continue;
      for (const specifier of source.imports)
        if (IMPURE_IMPORT.test(specifier)) broken.push(`${source.path} imports ${specifier}`);
      const call = IMPURE_CALL.exec(source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''));
      if (call) broken.push(`${source.path} uses ${call[0]}`);
    }
    expect(broken).toEqual([]);
  });

  it('keep files small', () => {
    const long = sources
      .map((source) => ({
        path: source.path,
        lines: source.text.split('\n').length,
        limit: /-(rules|kernels)\.ts$/.test(source.path) ? TABLE_LIMIT : LINE_LIMIT,
      }))
      .filter((file) => file.lines > file.limit)
      .map((file) => `${file.path}: ${file.lines} lines, limit ${file.limit}`);
    expect(long).toEqual([]);
  });

  it('have no barrels and no drawers for odds and ends', () => {
    const names = sources
      .map((source) => source.path)
      .filter((path) => /\/(index|utils?|helpers?|common|misc|manager)\.(ts|vue)$/.test(path));
    expect(names.filter((path) => path !== 'src-renderer/index.ts')).toEqual([]);
  });
});
