/**
 * Requests that cannot be read or changed on their way: https, and plain http only between programs of this machine.
 * Every redirect is held to that, which the runtime's own following of redirects is not.
 */
import { EspalierError, messageOf } from '../contract/errors.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** A document is small: who has not sent it by then will not. */
const DOCUMENT_SECONDS = 60;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address in `text`, if it may be asked.
 * @param namedBy the address that told of it: what was named over https is never asked over http
 * @throws EspalierError `refused` for anything but https, or http on this machine named on this machine
 */
export function secureUrl(text: string, namedBy: URL | null = null): URL {
  const url = URL.canParse(text, namedBy?.href) ? new URL(text, namedBy?.href) : null;
  const isLocal = (place: URL): boolean => place.protocol === 'http:' && LOOPBACK.test(place.hostname);
  if (url?.protocol === 'https:' || (url && isLocal(url) && (namedBy === null || isLocal(namedBy))))
    return url;
  const who = namedBy === null ? 'The address' : `${namedBy.host} names an address that`;
  throw new EspalierError(
    'refused',
    `${who} is ${JSON.stringify(text.slice(0, 200))}; it must begin with https://.`,
  );
}

/**
 * Asks for `url` with GET and follows redirects.
 * @throws EspalierError `refused` when the host cannot be reached or sends on to an address that is not secure; what
 *   `signal` says when it fires
 */
export async function fetchSecurely(url: URL, signal: AbortSignal): Promise<Response> {
  let now = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await request(now, signal);
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    now = secureUrl(location, now);
  }
  throw new EspalierError('refused', `${url.host} sends on more than ${MOST_REDIRECTS} times.`);
}

/**
 * The JSON document at `url`; null where there is none (404).
 * @throws EspalierError as fetchSecurely, and `refused` for any other answer than a JSON document
 */
export async function fetchJson(url: URL, signal: AbortSignal): Promise<unknown> {
  const response = await fetchSecurely(
    url,
    AbortSignal.any([signal, AbortSignal.timeout(DOCUMENT_SECONDS * 1000)]),
  );
  if (response.status === 404) {
    await response.body?.cancel();
    return null;
  }
  if (!response.ok) throw badStatus(url, response);
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    throw unreached(url, error);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new EspalierError('refused', `${url.href} is no JSON document.`, { cause: error });
  }
}

/** The error for an answer that is not what was asked for. */
export const badStatus = (url: URL, { status }: Response): EspalierError =>
  new EspalierError('refused', `${url.host} answers with status ${status} to ${url.href}.`);

async function request(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal });
  } catch (error) {
    if (signal.aborted && (signal.reason as { name?: unknown } | null)?.name !== 'TimeoutError') throw error;
    throw unreached(url, error);
  }
}

/** `fetch` says only that it failed; the reason is the cause. */
function unreached(url: URL, error: unknown): EspalierError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  // Of several addresses of a host each has its own error, and the sum of them no message.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return new EspalierError('refused', `${url.host} cannot be reached: ${messageOf(first)}.`, {
    cause: error,
  });
}
