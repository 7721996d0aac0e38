import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readUdpOverflows } from './proc.js';

const INTERVAL_MS = 50;
let ticksPerSecond: number | undefined;

/** What one process has used so far. */
interface Sample {
  /** When, by `performance.now`. */
  readonly at: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Datagrams that found a receive buffer full, in the process's network namespace. */
  readonly overflows: number;
}

/** What the processes of a run used while they were watched. */
export interface Usage {
  /** User and system time of all of them. */
  readonly cpuSeconds: number;
  /** Processors busy with them, 0 to the machine's number. */
  readonly processors: number;
  /** The largest peak of resident memory among them, since each began. */
  readonly peakBytes: number;
  /** Datagrams that found a receive buffer full; on loopback hosts, whose network is the machine's, it means nothing. */
  readonly overflows: number;
}

/** Watches processes through /proc: a process that ends leaves no other trace of what it used. */
export class UsageWatch {
  private readonly first = new Map<number, Sample>();
  private readonly last = new Map<number, Sample>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pids: readonly number[]) {
    this.look();
    this.timer = setInterval(() => this.look(), INTERVAL_MS);
  }

  /** Ends the watch. */
  stop(): Usage {
    clearInterval(this.timer);
    this.look();
    let processors = 0;
    let cpuSeconds = 0;
    let peakBytes = 0;
    let overflows = 0;
    for (const [pid, first] of this.first) {
      const last = this.last.get(pid)!;
      if (last.at > first.at) processors += ((last.cpuSeconds - first.cpuSeconds) * 1000) / (last.at - first.at);
      cpuSeconds += last.cpuSeconds - first.cpuSeconds;
      peakBytes = Math.max(peakBytes, last.peakBytes);
      overflows += last.overflows - first.overflows;
    }
    return { cpuSeconds, processors, peakBytes, overflows };
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const pid of this.pids) {
      const sample = sampleOf(pid);
      if (sample === undefined) continue;
      if (!this.first.has(pid)) this.first.set(pid, sample);
      this.last.set(pid, sample);
    }
  }
}

/** Undefined once the process has ended. */
function sampleOf(pid: number): Sample | undefined {
  try {
    // The command's name, in parentheses, may hold anything; the fields follow it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()!.split(' ');
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return undefined;
    ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { at: performance.now(), cpuSeconds, peakBytes: Number(peak) * 1024, overflows: readUdpOverflows(pid) };
  } catch {
    return undefined;
  }
}
