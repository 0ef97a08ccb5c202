/** Frames that a page paints a second. */
import type { Page } from 'playwright-core';

/** Of the page while something is done to it. */
export async function framesWhile(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const counter = { frames: 0, start: performance.now(), isOn: true };
    (window as unknown as { counter: typeof counter }).counter = counter;
    const count = (): void => {
      counter.frames++;
      if (counter.isOn) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await act();
  return page.evaluate(() => {
    const { counter } = window as unknown as { counter: { frames: number; start: number; isOn: boolean } };
    counter.isOn = false;
    return Math.round((1000 * counter.frames) / (performance.now() - counter.start));
  });
}
