/** What a package feed of the NuGet protocol, version 3, says of one version of a package. */
import { z } from 'zod';
import { EspalierError } from '../contract/errors.ts';
import { fetchJson, secureUrl } from './secure-fetch.ts';

/** Newest first; the later ones know fewer packages, or are not compressed. */
const REGISTRATIONS = [
  'RegistrationsBaseUrl/3.6.0',
  'RegistrationsBaseUrl/3.4.0',
  'RegistrationsBaseUrl',
] as const;
const PACKAGES = 'PackageBaseAddress/3.0.0';

const serviceIndexSchema = z.object({
  resources: z.array(z.object({ '@id': z.string(), '@type': z.union([z.string(), z.array(z.string())]) })),
});
type ServiceIndex = z.infer<typeof serviceIndexSchema>;

const catalogEntrySchema = z.object({
  packageSize: z.int().positive().optional(),
  packageHash: z.string().optional(),
  packageHashAlgorithm: z.string().optional(),
  licenseExpression: z.string().optional(),
  licenseFile: z.string().optional(),
  licenseUrl: z.string().optional(),
});
const leafSchema = z.object({
  packageContent: z.string().optional(),
  catalogEntry: z.union([z.string(), catalogEntrySchema]),
});

/** One version of a package, as its feed describes it. */
export interface FeedPackage {
  readonly name: string;
  readonly version: string;
  /** The service index of the feed. */
  readonly feed: URL;
  /** Where the package itself is. */
  readonly url: URL;
  readonly bytes: number;
  /** Of the package, in hexadecimal. */
  readonly sha512: string;
  /** An SPDX expression, or where the licence is; null where the feed says nothing. */
  readonly licence: string | null;
}

/**
 * Asks a feed for one version of a package; null where the feed does not have it.
 * @throws EspalierError `refused` for a feed that cannot be reached, does not speak the protocol, or tells no size or
 *   no SHA-512 of the package
 */
export async function findPackage(
  feedAddress: string,
  { name, version }: { readonly name: string; readonly version: string },
  signal: AbortSignal,
): Promise<FeedPackage | null> {
  const feed = secureUrl(feedAddress);
  const index = parsed(serviceIndexSchema, await present(feed, signal), feed);
  const id = name.toLowerCase();
  const lowerVersion = version.toLowerCase();
  const leafUrl = below(resource(index, REGISTRATIONS, feed), `${id}/${lowerVersion}.json`);
  const leafDocument = await fetchJson(leafUrl, signal);
  if (leafDocument === null) return null;
  const leaf = parsed(leafSchema, leafDocument, leafUrl);
  const entry = await catalogEntry(leaf.catalogEntry, leafUrl, signal);
  const url =
    leaf.packageContent === undefined
      ? below(resource(index, [PACKAGES], feed), `${id}/${lowerVersion}/${id}.${lowerVersion}.nupkg`)
      : secureUrl(leaf.packageContent, leafUrl);
  const what = `${name} ${version}`;
  return { name, version, feed, url, ...sizeAndHash(entry, what, feed), licence: licenceOf(entry) };
}

async function present(url: URL, signal: AbortSignal): Promise<unknown> {
  const document = await fetchJson(url, signal);
  if (document === null) throw new EspalierError('refused', `${url.href} is not there.`);
  return document;
}

function parsed<Document>(schema: z.ZodType<Document>, document: unknown, url: URL): Document {
  const { data, error } = schema.safeParse(document);
  if (data !== undefined) return data;
  const { path, message } = error!.issues[0]!;
  throw new EspalierError(
    'refused',
    `${url.href} is not what the protocol of package feeds asks for: ${path.join('.') || 'the document'}: ${message}.`,
    { cause: error },
  );
}

function resource(index: ServiceIndex, types: readonly string[], feed: URL): URL {
  for (const type of types) {
    const found = index.resources.find((candidate) => [candidate['@type']].flat().includes(type));
    if (found) return secureUrl(found['@id'], feed);
  }
  throw new EspalierError('refused', `${feed.href} offers none of ${types.join(', ')}.`);
}

/** Bases of the protocol end with a slash or not. */
const below = (base: URL, path: string): URL => secureUrl(`${base.href.replace(/\/$/, '')}/${path}`, base);

async function catalogEntry(
  entry: z.infer<typeof leafSchema>['catalogEntry'],
  leafUrl: URL,
  signal: AbortSignal,
): Promise<z.infer<typeof catalogEntrySchema>> {
  if (typeof entry !== 'string') return entry;
  const url = secureUrl(entry, leafUrl);
  return parsed(catalogEntrySchema, await present(url, signal), url);
}

function sizeAndHash(
  { packageSize, packageHash, packageHashAlgorithm }: z.infer<typeof catalogEntrySchema>,
  what: string,
  feed: URL,
): { bytes: number; sha512: string } {
  const hash = Buffer.from(packageHash ?? '', 'base64');
  if (packageHashAlgorithm !== 'SHA512' || hash.length !== 64)
    throw new EspalierError('refused', `${feed.host} tells no SHA-512 of ${what}: it could not be checked.`);
  if (packageSize === undefined)
    throw new EspalierError('refused', `${feed.host} does not tell how large ${what} is.`);
  return { bytes: packageSize, sha512: hash.toString('hex') };
}

const licenceOf = ({
  licenseExpression,
  licenseFile,
  licenseUrl,
}: z.infer<typeof catalogEntrySchema>): string | null =>
  licenseExpression || (licenseFile ? `the file ${licenseFile} in the package` : licenseUrl || null);
