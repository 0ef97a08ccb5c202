/** Homes of tests; a file of its own because processes without the test runner use the rest of tiny-study.ts. */
import { afterEach } from 'vitest';
import { TestHome } from './tiny-study.ts';

/** Gives homes that are removed after each test of the file that asks for this. */
export function temporaryHomes(): () => TestHome {
  const opened: TestHome[] = [];
  afterEach(() => {
    for (const home of opened.splice(0)) home.remove();
  });
  return () => {
    const home = new TestHome();
    opened.push(home);
    return home;
  };
}
