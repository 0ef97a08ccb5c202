/** Choices of the person besides the theme; kept by the browser, in force at once. */
import { readonly, ref } from 'vue';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { DEVICE_CHOICES } from '../../src-main/contract/compute.ts';
import { type DigitGrouping, groupDigits } from '../../src-main/report/number-format.ts';
import { readKeyChoices } from '../keys/key-choices.ts';

const preferencesSchema = z.object({
  motion: z.enum(['system', 'reduced']).catch('system'),
  grouping: z.enum(['space', 'comma', 'none']).catch('space'),
  /** Device written into studies begun from an example; null leaves the file as it is. */
  device: z.enum(DEVICE_CHOICES).nullable().catch(null),
  /** Trainer processes written into them; null leaves it to the program. */
  trainers: z.int().min(1).max(256).nullable().catch(null),
  /** Chosen widths of side panels in pixels, by `view.panel`. */
  panels: z.record(z.string(), z.int().min(1).max(10_000)).catch({}),
  /** Keys that differ from the list of commands. */
  keys: z.unknown().optional().transform(readKeyChoices),
  /** Whether single letters act where no text field has the focus (WCAG 2.1.4). */
  singleLetters: z.boolean().catch(true),
});
export type Preferences = z.infer<typeof preferencesSchema>;

const KEY = 'espalier-preferences';

/** Anything unreadable becomes the default of its field. */
export function readPreferences(text: string | null): Preferences {
  let data: unknown = {};
  try {
    data = JSON.parse(text ?? '{}');
  } catch {
    // Not JSON: every default.
  }
  return preferencesSchema.parse(
    typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {},
  );
}

const current = ref<Preferences>(readPreferences(localStorage.getItem(KEY)));
export const preferences = readonly(current);

export function applyPreferences(): void {
  const { motion, grouping } = current.value;
  if (motion === 'reduced') document.documentElement.dataset.motion = 'reduced';
  else delete document.documentElement.dataset.motion;
  groupDigits(grouping satisfies DigitGrouping);
}

export function prefer(change: Partial<Preferences>): void {
  current.value = { ...current.value, ...change };
  localStorage.setItem(KEY, JSON.stringify(current.value));
  applyPreferences();
}

/** A study file with the preferred device and trainers, where it does not choose them itself. */
export function withPreferredCompute(text: string, { device, trainers }: Preferences): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || (device === null && trainers === null)) return text;
  for (const [name, value] of [
    ['device', device],
    ['trainers', trainers],
  ] as const)
    if (value !== null && !document.hasIn(['compute', name])) document.setIn(['compute', name], value);
  return document.toString({ lineWidth: 0 });
}
