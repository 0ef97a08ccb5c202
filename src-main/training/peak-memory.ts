/** The largest resident memory that this process ever had. */
import { readFileSync } from 'node:fs';

/**
 * In bytes. Linux counts for `resourceUsage` what the process was forked from as well, so its own mark is read there
 * (proc(5), VmHWM).
 */
export function peakMemoryBytes(): number {
  const kibibytes = process.platform === 'linux' ? highWaterMark() : null;
  return 1024 * (kibibytes ?? process.resourceUsage().maxRSS);
}

function highWaterMark(): number | null {
  try {
    const mark = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return mark ? Number(mark[1]) : null;
  } catch {
    return null; // no /proc, as in some sandboxes
  }
}
