/** Which Node the program needs. Imports nothing, so that it can be asked before anything native is loaded. */

/** Oldest Node whose N-API better-sqlite3 can load; older ones crash in it. */
export const OLDEST_NODE = '22.18';

/** Compares versions such as `22.18.0` and `22.18` by their first two numbers. */
export function isOlder(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = oldest.split('.').map(Number);
  return major < oldMajor || (major === oldMajor && minor < oldMinor);
}
