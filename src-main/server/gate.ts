/**
 * Who may talk to the page's server. It listens on the loopback interface only, but any page in the user's browser
 * can reach that too; so a request needs the right Host (against DNS rebinding), the right Origin (against other
 * pages) and the cookie that the printed link sets (against everybody who has not seen the link).
 */
import { timingSafeEqual } from 'node:crypto';

export type Refusal = 'host' | 'origin' | 'token';

export interface GateRequest {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly cookie: string | undefined;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

export class Gate {
  private readonly token: string;
  private readonly cookieName: string;
  private readonly counts: Record<Refusal, number> = { host: 0, origin: 0, token: 0 };

  /**
   * @param token secret of this start
   * @param port the server's own, because browsers share cookies between the ports of a host
   */
  constructor(token: string, port: number) {
    this.token = token;
    this.cookieName = `espalier-${port}`;
  }

  /** Requests refused so far, by reason. */
  get refusals(): Readonly<Record<Refusal, number>> {
    return { ...this.counts };
  }

  /**
   * Why a request is refused; null lets it in.
   * @param needsOrigin true for WebSockets, which browsers open across origins without asking
   */
  check({ host, origin, cookie }: GateRequest, needsOrigin: boolean): Refusal | null {
    const refusal = this.reasonAgainst(host, origin, cookie, needsOrigin);
    if (refusal) this.counts[refusal]++;
    return refusal;
  }

  /** Whether the token of the printed link is that of this start; counts as a refusal when it is not. */
  admits(token: string, host: string | undefined): boolean {
    if (!isLoopback(host)) {
      this.counts.host++;
      return false;
    }
    if (isEqual(token, this.token)) return true;
    this.counts.token++;
    return false;
  }

  /** Value of Set-Cookie: not readable by scripts, not sent along from other sites, gone with the browser. */
  cookie(): string {
    return `${this.cookieName}=${this.token}; HttpOnly; SameSite=Strict; Path=/`;
  }

  private reasonAgainst(
    host: string | undefined,
    origin: string | undefined,
    cookie: string | undefined,
    needsOrigin: boolean,
  ): Refusal | null {
    if (!isLoopback(host)) return 'host';
    if (origin === undefined ? needsOrigin : origin !== `http://${host}`) return 'origin';
    return this.hasCookie(cookie ?? '') ? null : 'token';
  }

  private hasCookie(header: string): boolean {
    return header
      .split(';')
      .map((pair) => pair.trim().split('='))
      .some(([name, value]) => name === this.cookieName && isEqual(value ?? '', this.token));
  }
}

/** A tunnel may lead from another port, so only the name counts. */
const isLoopback = (host: string | undefined): boolean => host !== undefined && LOOPBACK.test(host);

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
