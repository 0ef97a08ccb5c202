import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FeedPackage, findPackage } from '../../src-main/download/nuget-feed.ts';
import { json, PackageFeed } from './package-feed.ts';

let feed: PackageFeed;
beforeEach(async () => {
  feed = await PackageFeed.start('Some.Package', '1.0.0-RC', Buffer.from('content'));
});
afterEach(() => feed.stop());

const find = (): Promise<FeedPackage | null> =>
  findPackage(feed.index, { name: 'Some.Package', version: '1.0.0-RC' }, new AbortController().signal);

/** The index with other resources than it has, `[type, path]`. */
function offer(...resources: [type: unknown, path: string][]): void {
  const listed = resources.map(([type, path]) => ({ '@id': feed.address + path, '@type': type }));
  feed.answer(feed.paths.index, json({ version: '3.0.0', resources: listed }));
}

describe('findPackage', () => {
  it('asks in lower case, as the protocol wants it', async () => {
    const leaf = json({ catalogEntry: feed.entry });
    feed.answer('/registrations/some.package/1.0.0-rc.json', leaf);
    expect((await find())!.url.href).toBe(
      `${feed.address}/packages/some.package/1.0.0-rc/some.package.1.0.0-rc.nupkg`,
    );
    expect(feed.requests).toEqual(['/v3/index.json', '/registrations/some.package/1.0.0-rc.json']);
  });

  it('takes the first kind of registrations that there is, with or without a slash at its end', async () => {
    feed.answer('/plain/some.package/1.0.0-rc.json', json({ catalogEntry: feed.entry }));
    offer(['PackageBaseAddress/3.0.0', '/p'], [['Other', 'RegistrationsBaseUrl'], '/plain']);
    expect((await find())!.url.pathname).toBe('/p/some.package/1.0.0-rc/some.package.1.0.0-rc.nupkg');
    offer(['SearchQueryService', '/search']);
    await expect(find()).rejects.toThrow(/offers none of RegistrationsBaseUrl\/3\.6\.0, /);
  });

  it('says which licence the feed tells', async () => {
    for (const [changes, licence] of [
      [{ licenseExpression: 'MIT' }, 'MIT'],
      [{}, 'the file LICENSE in the package'],
      [{ licenseFile: undefined, licenseUrl: 'https://licence.example' }, 'https://licence.example'],
      [{ licenseFile: undefined }, null],
    ] as const) {
      const leaf = json({ catalogEntry: { ...feed.entry, ...changes } });
      feed.answer('/registrations/some.package/1.0.0-rc.json', leaf);
      expect((await find())!.licence).toBe(licence);
    }
  });

  it('is null for a package that is not there, and refuses what is no feed', async () => {
    expect(await find()).toBeNull();
    feed.answer(
      '/registrations/some.package/1.0.0-rc.json',
      json({ catalogEntry: { packageSize: 'large' } }),
    );
    await expect(find()).rejects.toThrow(
      /1\.0\.0-rc\.json is not what the protocol .* asks for: catalogEntry: /,
    );
    feed.answer(feed.paths.index, json({ resources: {} }));
    await expect(find()).rejects.toThrow(/index\.json is not what the protocol .* asks for: resources: /);
    feed.answer(feed.paths.index, (response) => void response.end('<html>'));
    await expect(find()).rejects.toThrow(/index\.json is no JSON document/);
    feed.answer(feed.paths.index, (response) => void response.writeHead(404).end());
    await expect(find()).rejects.toThrow(/index\.json is not there/);
    feed.answer(feed.paths.index, (response) => void response.destroy());
    await expect(find()).rejects.toThrow(/^127\.0\.0\.1:\d+ cannot be reached: /);
    feed.answer(feed.paths.index, (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    });
    await expect(find()).rejects.toThrow(/^127\.0\.0\.1:\d+ cannot be reached: /);
  });
});
