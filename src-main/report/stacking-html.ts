/** A stacking study as one HTML file. */
import type { StackingAnalysis } from '../contract/stacking-analysis.ts';
import { escapeHtml } from './markup.ts';
import { stackingMarkdown } from './stacking-markdown.ts';

export function stackingHtml(analysis: StackingAnalysis): string {
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(analysis.name)}</title><pre>${escapeHtml(stackingMarkdown(analysis))}</pre></html>`;
}
