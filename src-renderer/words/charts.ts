/** Texts that all charts share. */
export const CHART_WORDS = {
  table: 'Table (T)',
  tableOf: (title: string) => `Table of ${title}`,
  exportOf: (title: string) => `Copy or save ${title}`,
  copyPicture: 'Copy as PNG',
  copyData: 'Copy data as CSV',
  savePng: (scale: number) => `Save PNG, ${scale}×`,
  saveSvg: 'Save SVG',
  saveCsv: 'Save CSV',
  copied: 'Copied',
  moreRows: (shown: number, total: number) => `First ${shown} of ${total} rows; the copy has all.`,
} as const;
