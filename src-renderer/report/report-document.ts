/**
 * The exported page inside the window, in the theme of the window. The window's policy allows no inline styles, so the page is parsed apart from
 * it, and its styles are handed over as objects: the style sheet as a constructed one, style attributes one by one.
 */

/** What the window shows, whatever the system prefers. */
export interface ShownTheme {
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
}

/** The report's own rules, for a shadow root: what is said of the root and the body holds for the host. */
export function styleForShadow(style: string, { isDark, isHighContrast }: ShownTheme): string {
  const query = (holds: boolean): string => (holds ? '(min-width:0)' : '(max-width:0)');
  return style
    .replace(/\(prefers-color-scheme: ?dark\)/g, query(isDark))
    .replace(/\(prefers-contrast: ?more\)/g, query(isHighContrast))
    .replace(/color-scheme:light dark/g, `color-scheme:${isDark ? 'dark' : 'light'}`)
    .replace(/:root(?=[{,\s])/g, ':host')
    .replace(/(^|[},\s])html(?=[,{])/g, '$1:host')
    .replace(/(^|[},\s])body(?=[,{])/g, '$1.body');
}

export interface ReportFigure {
  readonly name: string;
  readonly svg: SVGSVGElement;
}

const STYLE_ELEMENT = /<style[^>]*>([\s\S]*?)<\/style>/g;

/** The rules of every style element; texts of a report hold no raw tags. */
export const styleOf = (html: string): string =>
  [...html.matchAll(STYLE_ELEMENT)].map(([, rules = '']) => rules).join('\n');

/** The body with its style attributes under another name, which the policy has nothing against. */
export const bodyWithoutStyles = (html: string): string =>
  (/<body>([\s\S]*)<\/body>/.exec(html)?.[1] ?? '')
    .replace(STYLE_ELEMENT, '')
    .replace(/ style="/g, ' data-style="');

/** Puts a complete document into a shadow root. @returns its figures */
export function showDocument(root: ShadowRoot, html: string, theme: ShownTheme): readonly ReportFigure[] {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styleForShadow(styleOf(html), theme));
  root.adoptedStyleSheets = [sheet];

  const parsed = new DOMParser().parseFromString(bodyWithoutStyles(html), 'text/html');
  const body = document.createElement('div');
  body.className = 'body';
  for (const other of parsed.body.querySelectorAll('script, iframe, object, embed, link, meta'))
    other.remove();
  body.append(...[...parsed.body.childNodes].map((node) => document.importNode(node, true)));
  for (const styled of body.querySelectorAll<HTMLElement | SVGElement>('[data-style]')) {
    styled.style.cssText = styled.dataset.style ?? '';
    styled.removeAttribute('data-style');
  }
  // The window has a main part of its own; the report is one section of it.
  for (const main of body.querySelectorAll('main')) {
    const part = document.createElement('div');
    part.className = main.className;
    part.append(...main.childNodes);
    main.replaceWith(part);
  }
  root.replaceChildren(body);
  return [...body.querySelectorAll('figure')].flatMap((figure, index) => {
    const svg = figure.querySelector('svg');
    if (!svg) return [];
    const caption = figure.querySelector('figcaption, h3, .title')?.textContent?.trim();
    const name = svg.getAttribute('aria-label') ?? caption ?? `figure ${index + 1}`;
    return [{ name: name.split(/[.:;]/)[0]?.slice(0, 60) ?? name, svg }];
  });
}

/** The figure as a file of its own: with its size and the rules that colour it. */
export function svgText(svg: SVGSVGElement, style: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(Math.round(width)));
  copy.setAttribute('height', String(Math.round(height)));
  const rules = document.createElementNS('http://www.w3.org/2000/svg', 'style');
  rules.textContent = style;
  copy.prepend(rules);
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}
