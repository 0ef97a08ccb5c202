/**
 * Pictures of every view, for people to look at: light and dark, in high contrast, wide and narrow, empty, loading, full, running and
 * in error, of the built page on the real service with real studies.
 *
 * `npm run gallery [-- --out DIR] [-- --home DIR] [-- --only WORD]`; without --home it trains two small studies first.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { root } from '../e2e/built-program.ts';
import { ServedWindow, seriousFindings } from '../e2e/served-window.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'gallery') },
    home: { type: 'string' },
    only: { type: 'string' },
  },
});
const out = resolve(values.out);
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 1024, height: 700 } } as const;
const SCHEMES = ['light', 'dark'] as const;
/** Colours a picture is taken in; those beyond light and dark only of full views in the wide window. */
const LOOKS = [
  ...SCHEMES.map((scheme) => ({ look: scheme as string, scheme })),
  ...SCHEMES.map((scheme) => ({ look: `${scheme}-contrast`, scheme, isHighContrast: true })),
  { look: 'dark-forced', scheme: 'dark' as const, hasForcedColours: true },
];
/** Milliseconds for data to arrive and charts to be drawn. */
const SETTLE = 1500;

interface Shot {
  readonly name: string;
  readonly hash: string;
  /** What a person does before the picture. */
  readonly before?: (page: Page) => Promise<void>;
  /** The service takes the connection and never answers. */
  readonly isSilent?: boolean;
}

const key = (keys: string) => async (page: Page) => {
  await page.keyboard.press(keys);
  await page.waitForTimeout(400);
};

/** Drops the first checkpoint of the home on the window. */
const dropModel = (home: string) => async (page: Page) => {
  const folder = join(home, 'checkpoints');
  const file = readdirSync(folder).find((name) => name.endsWith('.safetensors'))!;
  const transfer = await page.evaluateHandle(
    ([name, base64]) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      data.items.add(new File([bytes], name));
      return data;
    },
    ['source.safetensors', readFileSync(join(folder, file)).toString('base64')] as const,
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
  await page.waitForTimeout(400);
};

/** Trains what the pictures need. */
function trainStudies(home: string): void {
  for (const file of ['test/gallery/small-audit.yaml', 'test/gallery/small-stacking.yaml']) {
    process.stderr.write(`training ${file}\n`);
    const { status } = spawnSync(
      process.execPath,
      [join(root, 'out/main/espalier.js'), 'study', 'run', join(root, file), '--home', home],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (status !== 0) throw new Error(`${file} ended with ${status}`);
  }
}

interface ListedStudy {
  readonly study: string;
  readonly mode: string;
}
function studiesIn(home: string): readonly ListedStudy[] {
  const { stdout } = spawnSync(
    process.execPath,
    [join(root, 'out/main/espalier.js'), 'study', 'list', '--json', '--home', home],
    { encoding: 'utf8' },
  );
  return (JSON.parse(stdout) as { studies: ListedStudy[] }).studies;
}

const made: { name: string; findings: readonly string[] }[] = [];

async function shoot(served: ServedWindow, shots: readonly Shot[]): Promise<void> {
  for (const shot of shots)
    for (const { look, ...colours } of LOOKS)
      for (const [size, viewport] of Object.entries(SIZES)) {
        const name = `${shot.name}-${size}-${look}`;
        if (values.only && !name.includes(values.only)) continue;
        const isFull = shot.name.endsWith('-full') && size === 'wide';
        if (look !== colours.scheme && !isFull) continue;
        const { page, errors } = await served.open('#/', { ...viewport, ...colours });
        if (shot.isSilent) await page.routeWebSocket(/\/rpc$/, () => {});
        await page.goto(served.at(shot.hash));
        if (shot.isSilent) await page.reload();
        await page.waitForTimeout(SETTLE);
        await shot.before?.(page);
        await page.screenshot({ path: join(out, `${name}.png`) });
        const cut = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        const findings = [
          ...(await seriousFindings(page)),
          ...errors,
          ...(cut ? ['the page scrolls sideways'] : []),
        ];
        made.push({ name, findings });
        process.stderr.write(`${name}${findings.length > 0 ? `: ${findings.join('; ')}` : ''}\n`);
        await page.context().close();
      }
}

async function draftOf(served: ServedWindow, file: string): Promise<string> {
  const { page } = await served.open('#/new');
  await page.setInputFiles('input[type=file]', join(root, file));
  await page.waitForURL(/#\/draft\//);
  const id = /draft-[0-9a-f]{8}/.exec(page.url())?.[0] ?? '';
  await page.context().close();
  return id;
}

const folder = mkdtempSync(join(tmpdir(), 'espalier-gallery-'));
mkdirSync(out, { recursive: true });
const home = values.home ?? join(folder, 'home');
if (!values.home) trainStudies(home);
const studies = studiesIn(home);
const idOf = (mode: string): string => studies.find((study) => study.mode === mode)?.study ?? '';
const [audit, stacking, select] = [idOf('audit'), idOf('stacking'), idOf('select')];
const main = audit || select;

const empty = new ServedWindow(join(folder, 'empty'));
await empty.start();
const emptyDraft = await draftOf(empty, 'resources/studies/demo.yaml');
await shoot(empty, [
  { name: 'first-run-empty', hash: '#/' },
  { name: 'new-study-empty', hash: '#/new' },
  { name: 'queue-empty', hash: '#/queue' },
  ...['dynamics', 'timeline', 'report'].map((view) => ({
    name: `${view}-empty`,
    hash: `#/draft/${emptyDraft}/${view}`,
  })),
]);
await empty.close();

const served = new ServedWindow(home);
await served.start();
const draft = await draftOf(served, 'resources/studies/demo.yaml');
const wrong = join(folder, 'wrong.yaml');
writeFileSync(
  wrong,
  readFileSync(join(root, 'resources/studies/demo.yaml'), 'utf8').replace('lag: 200', 'lag: 4000'),
);
const { page: uploader } = await served.open('#/new');
await uploader.setInputFiles('input[type=file]', wrong);
await uploader.waitForURL(/#\/draft\//);
const wrongDraft = /draft-[0-9a-f]{8}/.exec(uploader.url())?.[0] ?? '';
await uploader.context().close();

const views = ['setup', 'designer', 'dynamics', 'timeline', 'report'] as const;
await shoot(served, [
  { name: 'studies-full', hash: '#/' },
  { name: 'new-study-full', hash: '#/new' },
  { name: 'settings-full', hash: '#/settings' },
  { name: 'setup-full', hash: `#/draft/${draft}/setup` },
  { name: 'designer-full', hash: `#/draft/${draft}/designer` },
  { name: 'setup-error', hash: `#/draft/${wrongDraft}/setup` },
  { name: 'designer-error', hash: `#/draft/${wrongDraft}/designer` },
  ...(main
    ? (['dynamics', 'report', 'timeline'] as const).map((view) => ({
        name: `${view}-full`,
        hash: `#/study/${main}/${view}`,
      }))
    : []),
  ...(stacking
    ? (['timeline', 'dynamics', 'designer', 'report'] as const).map((view) => ({
        name: `${view}-stacking`,
        hash: `#/study/${stacking}/${view}`,
      }))
    : []),
  { name: 'palette', hash: '#/', before: key('Control+k') },
  { name: 'keys', hash: '#/', before: key('Shift+?') },
  { name: 'glossary', hash: '#/', before: key('F1') },
  { name: 'model-file', hash: '#/', before: dropModel(home) },
  { name: 'studies-loading', hash: '#/', isSilent: true },
  ...views.map((view) => ({ name: `${view}-loading`, hash: `#/study/${main}/${view}`, isSilent: true })),
  ...views.map((view) => ({ name: `${view}-error`, hash: `#/study/missing/${view}` })).slice(2),
  { name: 'draft-error', hash: '#/draft/draft-00000000/designer' },
  { name: 'unknown-error', hash: '#/nowhere' },
]);

// A study that trains while the pictures are taken.
const { page: starter } = await served.open(`#/draft/${draft}/setup`);
await starter.getByLabel('Seed', { exact: true }).first().fill('4711');
await starter.keyboard.press('Enter');
await starter.getByRole('button', { name: 'Start probes' }).click();
await starter.waitForURL(/#\/study\//);
const running = /study\/([^/]+)/.exec(starter.url())?.[1] ?? '';
await starter.waitForTimeout(20_000);
await shoot(served, [
  { name: 'dynamics-running', hash: `#/study/${running}/dynamics` },
  { name: 'timeline-running', hash: `#/study/${running}/timeline` },
  { name: 'queue-running', hash: '#/queue' },
  { name: 'studies-running', hash: '#/' },
]);
await served.close();

const withFindings = made.filter(({ findings }) => findings.length > 0);
writeFileSync(
  join(out, 'index.html'),
  `<!doctype html><meta charset="utf-8"><title>Espalier gallery</title><style>body{font:14px sans-serif;display:grid;grid-template-columns:repeat(auto-fill,minmax(480px,1fr));gap:16px}img{width:100%;border:1px solid #ccc}</style>${made
    .map(
      ({ name }) =>
        `<figure><img src="${name}.png" alt="${name}" loading="lazy"><figcaption>${name}</figcaption></figure>`,
    )
    .join('')}\n`,
);
writeFileSync(join(out, 'findings.json'), `${JSON.stringify(made, null, 2)}\n`);
process.stdout.write(
  `${made.length} pictures in ${out}; ${withFindings.length} with a serious or critical finding of axe, an error or something cut\n`,
);
rmSync(folder, { recursive: true, force: true });
process.exitCode = withFindings.length > 0 ? 1 : 0;
