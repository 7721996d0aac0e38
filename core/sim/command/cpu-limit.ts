import { readFileSync } from 'node:fs';

/** How often a process is looked at. */
const LOOK_MS = 2000;
/** A process that has work and uses no processor time in this time waits for something that will not come. */
const IDLE_MS = 60_000;
/** Unit of processor times in /proc/PID/stat (proc(5): USER_HZ, 100 on every machine). */
const TICKS_A_SECOND = 100;

/**
 * Watches a process that runs something: `onExceeded` is called, once, when it has used more than `seconds` of processor
 * time since now, or stands still. Time of the clock would also count what other processes use on a busy machine.
 * Returns what ends the watch.
 */
export function limitCpu(pid: number, seconds: number, onExceeded: (text: string) => void): () => void {
  const first = cpuSeconds(pid);
  let last = first;
  let movedAt = performance.now();
  const look = (): void => {
    const used = cpuSeconds(pid);
    if (used > last) movedAt = performance.now();
    last = used;
    const stands = performance.now() - movedAt > IDLE_MS;
    if (used - first <= seconds && !stands) return;
    clearInterval(interval);
    onExceeded(stands ? 'the run stands still' : `the run takes more than ${seconds} s of processor time`);
  };
  const interval = setInterval(look, LOOK_MS);
  interval.unref();
  return () => clearInterval(interval);
}

/** User and system time of a process; 0 if it is gone. */
function cpuSeconds(pid: number): number {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return 0;
  }
  // The second field is the command's name in parentheses and may hold anything; utime and stime are the 14th and 15th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
