import { describe, expect, it } from 'vitest';
import { htmlReport } from '../../../src-main/report/html-report.ts';
import { stackingHtml } from '../../../src-main/report/stacking-html.ts';
import { bodyWithoutStyles, styleForShadow, styleOf } from '../../../src-renderer/report/report-document.ts';
import { auditSample, hostileSample } from '../../report/samples.ts';
import { stackingSample } from '../../report/stacking-samples.ts';

const documents = [htmlReport(auditSample()), htmlReport(hostileSample()), stackingHtml(stackingSample())];

describe('bodyWithoutStyles', () => {
  it('leaves nothing that the policy of the window refuses, and every other character', () => {
    for (const html of documents) {
      const body = bodyWithoutStyles(html);
      expect(body).not.toMatch(/<style|\sstyle=|<script/);
      const original = /<body>([\s\S]*)<\/body>/.exec(html)?.[1] ?? '';
      expect(body.replaceAll(' data-style="', ' style="')).toBe(
        original.replace(/<style[^>]*>[\s\S]*?<\/style>/g, ''),
      );
    }
  });
});

describe('styleForShadow', () => {
  it('speaks of the host in place of the root, and of one theme', () => {
    for (const html of documents) {
      const dark = styleForShadow(styleOf(html), { isDark: true, isHighContrast: false });
      expect(dark).not.toMatch(/:root|prefers-color-scheme|prefers-contrast|color-scheme:light dark/);
      expect(dark).toMatch(/:host\{color-scheme:dark/);
      expect(dark).toContain('.body{margin:0');
      const light = styleForShadow(styleOf(html), { isDark: false, isHighContrast: true });
      expect(light).toMatch(/:host\{color-scheme:light/);
      expect(light).toMatch(/@media screen and \(min-width:0\)\{:host\{--bg:#FFFFFF/);
      expect(dark).toMatch(/@media screen and \(max-width:0\)\{:host\{--bg:#FFFFFF/);
      expect(dark).toContain('tbody th');
    }
  });
});
