/**
 * What of a page cannot be read or reached: text that something cuts off, controls outside of every scrollable area or
 * under something else, and a page that scrolls as a whole.
 */
import type { Page } from 'playwright-core';

/** The spacing that WCAG 1.4.12 lets a reader set. */
export const TEXT_SPACING =
  '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }';

export async function setTextSpacing(page: Page): Promise<void> {
  await page.evaluate((rules) => {
    // The page's policy forbids style elements.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }, TEXT_SPACING);
  await page.waitForTimeout(400);
}

/** One sentence for each finding, with the element and its text. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const SLACK = 1.5;
    const found = new Set<string>();
    const nameOf = (element: Element): string => {
      const classes = [...element.classList].slice(0, 2).join('.');
      const parent = element.parentElement;
      const own = `${element.localName}${classes ? `.${classes}` : ''}`;
      return parent
        ? `${parent.localName}${parent.classList[0] ? `.${parent.classList[0]}` : ''} > ${own}`
        : own;
    };
    const isSeen = (element: Element): boolean =>
      element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) &&
      !element.closest('.unseen, .skip, [inert]') &&
      getComputedStyle(element).clipPath !== 'inset(50%)';

    /** What cuts a box off, if anything does: `[ancestor, axis]`. Scrollable areas reach whatever is in them. */
    const cutter = (element: Element, box: DOMRect): readonly [Element, 'x' | 'y'] | null => {
      const open = { x: true, y: true };
      for (let at = element.parentElement; at && (open.x || open.y); at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.position === 'fixed') break;
        const frame = at.getBoundingClientRect();
        for (const axis of ['x', 'y'] as const) {
          if (!open[axis]) continue;
          const overflow = axis === 'x' ? style.overflowX : style.overflowY;
          const isOut =
            axis === 'x'
              ? box.right > frame.right + SLACK || box.left < frame.left - SLACK
              : box.bottom > frame.bottom + SLACK || box.top < frame.top - SLACK;
          if (overflow === 'auto' || overflow === 'scroll') open[axis] = false;
          else if ((overflow === 'hidden' || overflow === 'clip') && isOut) return [at, axis];
        }
      }
      if (open.x && (box.right > innerWidth + SLACK || box.left < -SLACK)) return [document.body, 'x'];
      if (open.y && (box.bottom > innerHeight + SLACK || box.top < -SLACK)) return [document.body, 'y'];
      return null;
    };
    const isShortened = (element: Element, by: Element): boolean =>
      getComputedStyle(by).textOverflow === 'ellipsis' && element.closest('[title], [aria-label]') !== null;

    const { scrollWidth, scrollHeight } = document.documentElement;
    if (scrollWidth > innerWidth) found.add(`the page scrolls sideways: ${scrollWidth} of ${innerWidth}`);
    if (scrollHeight > innerHeight) found.add(`the page scrolls down: ${scrollHeight} of ${innerHeight}`);
    const main = document.querySelector('main');
    if (main && main.scrollWidth > main.clientWidth + 1)
      found.add(`the view scrolls sideways: ${main.scrollWidth} of ${main.clientWidth}`);

    for (const element of document.querySelectorAll('body *')) {
      if (!isSeen(element)) continue;
      const words = [...element.childNodes].filter(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      );
      for (const node of words) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const text = node.textContent?.trim().slice(0, 40) ?? '';
        for (const box of range.getClientRects()) {
          if (box.width === 0) continue;
          const self = getComputedStyle(element);
          const frame = element.getBoundingClientRect();
          const hides = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
          const isSelfCut =
            (hides(self.overflowX) && (box.right > frame.right + SLACK || box.left < frame.left - SLACK)) ||
            (hides(self.overflowY) && (box.bottom > frame.bottom + SLACK || box.top < frame.top - SLACK));
          const by = isSelfCut ? element : cutter(element, box)?.[0];
          if (by && !isShortened(element, by))
            found.add(`text cut: ${nameOf(element)} “${text}” by ${nameOf(by)}`);
          const isBox = !(element instanceof SVGElement) && !self.display.startsWith('inline');
          if (
            isBox &&
            self.display !== 'contents' &&
            self.overflowX === 'visible' &&
            box.right > frame.right + 3
          )
            found.add(`text runs out: ${nameOf(element)} “${text}”`);
        }
      }
    }
    const controls = 'button, a[href], input, select, textarea, summary, [tabindex="0"], [role=slider]';
    for (const element of document.querySelectorAll(controls)) {
      if (!isSeen(element) || element.closest('[role=separator], svg')) continue;
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      const label = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40);
      const isRegion = box.width > 300 && box.height > 100;
      const by = isRegion ? null : cutter(element, box)?.[0];
      if (by) found.add(`control out of reach: ${nameOf(element)} “${label}” by ${nameOf(by)}`);
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const now = element.getBoundingClientRect();
      const at = document.elementFromPoint(now.left + now.width / 2, now.top + now.height / 2);
      const isOwn =
        at && (element.contains(at) || at.contains(element) || at.closest('label')?.contains(element));
      if (!isRegion && at && !isOwn)
        found.add(`control covered: ${nameOf(element)} “${label}” by ${nameOf(at)}`);
    }
    return [...found];
  });
}
