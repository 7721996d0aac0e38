import { readFileSync } from 'node:fs';

/** How often a process is looked at. */
const LOOK_MS = 2000;
/** A process that has work and sleeps all this time waits for something that will not come. */
const IDLE_MS = 60_000;
/** Unit of processor times in /proc/PID/stat (proc(5): USER_HZ, 100 on every machine). */
const TICKS_A_SECOND = 100;

/**
 * Watches a process that runs something: `onExceeded` is called, once, when it has used more than `seconds` of processor
 * time since now, or stands still. Time of the clock would also count what other processes use on a busy machine.
 * Returns what ends the watch.
 */
export function limitCpu(pid: number, seconds: number, onExceeded: (text: string) => void): () => void {
  const first = usageOf(pid).seconds;
  let last = first;
  let movedAt = performance.now();
  const look = (): void => {
    const { seconds: used, sleeps } = usageOf(pid);
    // One that would run, but has no processor because others are busy, does not stand still.
    if (used > last || !sleeps) movedAt = performance.now();
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

interface Usage {
  /** User and system time; 0 if the process is gone. */
  readonly seconds: number;
  /** It waits for something else than a processor, or is gone. */
  readonly sleeps: boolean;
}

function usageOf(pid: number): Usage {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return { seconds: 0, sleeps: true };
  }
  // The second field is the command's name in parentheses and may hold anything; the third is the state, utime and stime
  // are the 14th and 15th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND, sleeps: fields[0] !== 'R' };
}
