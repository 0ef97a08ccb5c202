/** Numbers as the report prints them. Missing values print as an en dash, units stand in headers. */

const MISSING = '–';
const THIN_SPACE = '\u202F';

/** A loss in nats per token with the given decimals. */
export function formatLoss(value: number | null, decimals = 4): string {
  return value === null ? MISSING : withMinus(value.toFixed(decimals));
}

/** A difference of losses, always with its sign. */
export function formatDifference(value: number | null, decimals = 4): string {
  if (value === null) return MISSING;
  const text = value.toFixed(decimals);
  return Number(text) > 0 ? `+${text}` : Number(text) === 0 ? text.replace('-', '') : withMinus(text);
}

/** A correlation with two decimals, without the leading zero: `.86`, `−.12`, `1.00`. */
export function formatCorrelation(value: number | null): string {
  return value === null
    ? MISSING
    : withMinus(value.toFixed(2).replace(/^(-?)0\./, '$1.')).replace('−.00', '.00');
}

/** A rank; means of ties print their half: `2½`. Other fractions print one decimal. */
export function formatRank(rank: number | null): string {
  if (rank === null) return MISSING;
  if (Number.isInteger(rank)) return String(rank);
  return Number.isInteger(rank * 2) ? `${Math.floor(rank)}½` : rank.toFixed(1);
}

export type DigitGrouping = 'space' | 'comma' | 'none';
const SEPARATORS: Readonly<Record<DigitGrouping, string>> = { space: THIN_SPACE, comma: ',', none: '' };
let separator = SEPARATORS.space;

/** How whole numbers are grouped from now on in this process: a choice of the person in the window. */
export function groupDigits(grouping: DigitGrouping): void {
  separator = SEPARATORS[grouping];
}

/** Whole numbers in groups of three: `1 000`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, separator);
}

/** A share as per cent: `28 %`, below ten with one decimal. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)}${THIN_SPACE}%`;
}

const FLOP_UNITS = ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP', 'ZFLOP'];

/** FLOPs with three significant digits and a prefix: `4.28 TFLOP`. */
export function formatFlops(flops: number): string {
  let value = flops;
  let unit = 0;
  while (value >= 999.5 && unit < FLOP_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value.toFixed(0) : value.toPrecision(3)}${THIN_SPACE}${FLOP_UNITS[unit]}`;
}

/** Seconds as `4.2 s`, `2 min 05 s` or `3 h 12 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)}${THIN_SPACE}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** `a`, `a and b`, `a, b and c`; beyond `limit` names the rest is counted. */
export function joinNames(names: readonly string[], limit = 6): string {
  const shown = names.length > limit ? [...names.slice(0, limit - 1)] : [...names];
  const rest = names.length - shown.length;
  if (rest > 0) shown.push(`${rest} more`);
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function withMinus(text: string): string {
  return text.replace('-', '−');
}
