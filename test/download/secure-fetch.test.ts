import { describe, expect, it } from 'vitest';
import { secureUrl } from '../../src-main/download/secure-fetch.ts';

const named = (text: string, by?: string): string =>
  secureUrl(text, by === undefined ? null : new URL(by)).href;

describe('secureUrl', () => {
  it('takes https, and http between programs of this machine', () => {
    expect(named('https://feed.example/v3/index.json')).toBe('https://feed.example/v3/index.json');
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
      expect(named(`http://${host}:81/x`, 'http://localhost:80/')).toBe(`http://${host}:81/x`);
    expect(named('/packages/a', 'https://feed.example/v3/index.json')).toBe(
      'https://feed.example/packages/a',
    );
  });

  it.each([
    ['http://feed.example/', undefined],
    ['http://localhost.feed.example/', undefined],
    ['http://127.0.0.1.feed.example/', undefined],
    ['ftp://feed.example/', undefined],
    ['file:///etc/passwd', undefined],
    ['no address', undefined],
    ['http://feed.example/', 'https://feed.example/'],
    ['http://feed.example/', 'http://localhost/'],
    // What came over https does not lead into this machine.
    ['http://127.0.0.1/', 'https://feed.example/'],
  ])('refuses %s, named by %s', (text, by) => {
    expect(() => named(text, by)).toThrow(/must begin with https:\/\//);
  });
});
