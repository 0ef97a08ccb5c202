/** Fourth schema: how much memory a run's trainer had at most, in bytes; null where it was not told. */
export const peakMemorySchema = `ALTER TABLE runs ADD COLUMN peak_memory_bytes INTEGER;`;
