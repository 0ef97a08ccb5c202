import { describe, expect, it } from 'vitest';
import { htmlReport } from '../../src-main/report/html-report.ts';
import { notesHtml } from '../../src-main/report/report-page.ts';
import { stackingHtml } from '../../src-main/report/stacking-html.ts';
import { auditSample } from './samples.ts';
import { stackingSample } from './stacking-samples.ts';

describe('notesHtml', () => {
  it('sets Markdown, and neither runs nor loads anything', () => {
    expect(notesHtml('# Asked\n\n- *one*')).toBe('<h3>Asked</h3>\n<ul>\n<li><em>one</em></li>\n</ul>\n');
    const hostile = notesHtml('<script>x</script> ![p](http://a.example/p.png) [j](javascript:x)');
    expect(hostile).not.toMatch(/<script|<img|href="javascript/);
    expect(hostile).toContain('&lt;script&gt;');
  });
});

describe('chosen sections', () => {
  it('are the only ones of the page and of its contents, notes first', () => {
    for (const html of [
      htmlReport(auditSample(), null, { leaveOut: ['setup', 'events'], notes: 'Mine.' }),
      stackingHtml(stackingSample(), { leaveOut: ['setup', 'events'], notes: 'Mine.' }),
    ]) {
      const ids = [...html.matchAll(/<section id="([a-z-]+)"/g)].map(([, id]) => id);
      const links = [...html.matchAll(/<li><a href="#([a-z-]+)"/g)].map(([, id]) => id);
      expect(links).toEqual(ids);
      expect(ids[0]).toBe('notes');
      expect(ids).not.toContain('setup');
      expect(ids).not.toContain('events');
      expect(ids).toContain('answer');
    }
  });

  it('leave the whole report as it was where nothing is chosen', () => {
    expect(htmlReport(auditSample(), null, {})).toBe(htmlReport(auditSample()));
  });
});
