/** The landscape of a study as the tables that a terminal shows. */
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import type { LandscapeTable } from '../report/landscape-tables.ts';
import { barrierTable, depthTable, modelTable } from '../report/landscape-tables.ts';

/** Tables that have rows: models, barriers, and depth use. */
export function landscapeTables(analysis: LandscapeAnalysis): LandscapeTable[] {
  return [modelTable(analysis), barrierTable(analysis), depthTable(analysis)].filter(
    ({ rows }) => rows.length > 0,
  );
}
