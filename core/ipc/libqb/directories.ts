import { chmodSync, chownSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
/** `qb-`, the daemon's pid, the client's, the socket's number, and that it is Chorale's. */
const OURS = /^qb-(\d+)-\d+-\d+-chorale-/;

/**
 * Makes the directory of one connection. The client's group may look into it; it stays the daemon's own, unlike with
 * Corosync, so that no client can put another directory in the place where a daemon that is root makes and removes files.
 * Throws the system's Error.
 */
export function makeDirectory(clientPid: number, descriptor: number, gid: number): string {
  const path = mkdtempSync(join(SHARED_MEMORY, `qb-${process.pid}-${clientPid}-${descriptor}-chorale-`));
  try {
    chownSync(path, process.getuid!(), gid);
  } catch {
    // A daemon that is not root cannot give it away, and serves its own user.
  }
  chmodSync(path, 0o750);
  return path;
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Removes what daemons that were killed left behind; returns how many directories. */
export function removeLeftovers(): number {
  let removed = 0;
  for (const name of readdirSync(SHARED_MEMORY)) {
    const pid = OURS.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && isRunning(Number(pid)))) continue;
    const path = join(SHARED_MEMORY, name);
    try {
      // Anybody can make a directory of that name, and change it under the hands of who removes it.
      if (lstatSync(path).uid !== process.getuid!()) continue;
      rmSync(path, { recursive: true });
      removed++;
    } catch {
      // Somebody else's, or gone.
    }
  }
  return removed;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
