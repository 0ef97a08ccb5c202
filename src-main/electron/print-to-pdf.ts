/** Prints a report to PDF in a window of its own that runs no script and loads nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserWindow, dialog } from 'electron';
import { z } from 'zod';

const requestSchema = z.strictObject({
  name: z.string().min(1).max(200),
  html: z.string().min(1).max(100_000_000),
});

/** @returns the path of the file, or null where the person chose none */
export async function printToPdf(owner: BrowserWindow, request: unknown): Promise<string | null> {
  const { name, html } = requestSchema.parse(request);
  const { filePath } = await dialog.showSaveDialog(owner, {
    title: 'Save the report as PDF',
    defaultPath: `${name.replace(/[^\w.-]+/g, '-')}.pdf`,
    filters: [{ name: 'PDF', extensions: ['pdf'] }],
  });
  if (!filePath) return null;
  const folder = mkdtempSync(join(tmpdir(), 'espalier-pdf-'));
  const page = new BrowserWindow({ show: false, webPreferences: { sandbox: true, javascript: false } });
  try {
    const path = join(folder, 'report.html');
    writeFileSync(path, html);
    await page.loadFile(path);
    writeFileSync(
      filePath,
      await page.webContents.printToPDF({ printBackground: true, preferCSSPageSize: true }),
    );
    return filePath;
  } finally {
    page.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}
