/** Several devices may train a study: a run remembers the kind that it began on. */
export const devicesSchema = `
ALTER TABLE runs ADD COLUMN compute_device TEXT;
`;
