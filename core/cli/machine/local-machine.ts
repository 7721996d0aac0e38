import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { Machine } from '../../base/machine.js';

/** The machine this process runs on, by Linux' `/proc`. */
export class LocalMachine implements Machine {
  memoryUsedPercent(): number | undefined {
    const text = read('/proc/meminfo');
    const kilobytes = (name: string): number | undefined => {
      const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text ?? '');
      return match ? Number(match[1]) : undefined;
    };
    const total = kilobytes('MemTotal');
    const free = kilobytes('MemFree');
    if (total === undefined || free === undefined) return undefined;
    const swap = kilobytes('SwapTotal') ?? 0;
    const freeSwap = kilobytes('SwapFree') ?? 0;
    // What Linux keeps of files is free for whoever needs memory, as Corosync's libstatgrab counts it.
    const cached = kilobytes('Cached') ?? 0;
    const all = total + swap;
    return all === 0 ? undefined : Math.trunc(((all - free - cached - freeSwap) * 100) / all);
  }

  load15(): number | undefined {
    return loadavg()[2];
  }

  monotonicNs(): bigint {
    return process.hrtime.bigint();
  }

  epochMs(): number {
    return Date.now();
  }

  processName(pid: number): string {
    return read(`/proc/${pid}/comm`)?.trimEnd() ?? '';
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
