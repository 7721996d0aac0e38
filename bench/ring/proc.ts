/** What the kernel tells about processes and their network namespaces in /proc, read from its texts. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** How the kernel schedules a process. */
export interface Scheduling {
  readonly policy: string;
  readonly nice: number;
  readonly realTimePriority: number;
}

const POLICIES = ['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH'];

/** From /proc/PID/stat. */
export function schedulingOf(stat: string): Scheduling {
  // The command's name, in parentheses, may hold anything; the fields from the third on follow it.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const policy = Number(fields[38]);
  return {
    policy: POLICIES[policy] ?? `policy ${policy}`,
    nice: Number(fields[16]),
    realTimePriority: Number(fields[37]),
  };
}

export function schedulingText({ policy, nice, realTimePriority }: Scheduling): string {
  return policy === 'SCHED_OTHER' ? `${policy}, nice ${nice}` : `${policy} ${realTimePriority}`;
}

/** Datagrams that found a socket's receive buffer full, from /proc/PID/net/snmp or snmp6: of the whole network namespace. */
export function udpOverflows(text: string): number {
  const rows = text.split('\n').filter((line) => line.startsWith('Udp: '));
  if (rows.length === 2) {
    const [names, values] = rows.map((row) => row.split(' ')) as [string[], string[]];
    return Number(values[names.indexOf('RcvbufErrors')]) + Number(values[names.indexOf('MemErrors')] ?? 0);
  }
  return ['Udp6RcvbufErrors', 'Udp6MemErrors']
    .map((name) => Number(new RegExp(`^${name}\\s+(\\d+)$`, 'm').exec(text)?.[1] ?? 0))
    .reduce((sum, one) => sum + one);
}

/** A field of /proc/PID/status: a count, or bytes where the kernel says kB. Undefined if there is none. */
export function statusField(status: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+)( kB)?$`, 'm').exec(status);
  return match === null ? undefined : Number(match[1]) * (match[2] === undefined ? 1 : 1024);
}

/** What a process has used so far, all its threads together. */
export interface Usage {
  readonly cpuSeconds: number;
  /** How often a thread waited for something, and so was woken up. */
  readonly wakeups: number;
  readonly residentBytes: number;
  /** Most since `forgetPeak`. */
  readonly peakBytes: number;
}

/** Throws once the process has ended. */
export function usageOf(pid: number): Usage {
  let nanoseconds = 0;
  let wakeups = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const of = `/proc/${pid}/task/${thread}`;
    nanoseconds += Number(readFileSync(`${of}/schedstat`, 'utf8').split(' ')[0]);
    wakeups += statusField(readFileSync(`${of}/status`, 'utf8'), 'voluntary_ctxt_switches') ?? 0;
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: nanoseconds / 1e9,
    wakeups,
    residentBytes: statusField(status, 'VmRSS') ?? 0,
    peakBytes: statusField(status, 'VmHWM') ?? 0,
  };
}

/** The peak of resident memory begins anew from what is resident now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function readScheduling(pid: number | 'self'): Scheduling {
  return schedulingOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Of the network namespace of a process, since it was made. */
export function readUdpOverflows(pid: number): number {
  const read = (name: string): number => udpOverflows(readFileSync(`/proc/${pid}/net/${name}`, 'utf8'));
  return read('snmp') + read('snmp6');
}
