import { unlinkSync } from 'node:fs';
import { StartError, messageOf } from '../../host/errors.js';
import { prepareDirectory } from '../../ipc/socket-path.js';
import type { NativeAddon } from '../../net/native.js';
import { DaemonExit } from './exit-codes.js';

/** A pid file, locked for the life of the process: two daemons of one name never run at once. */
export class PidFile {
  private constructor(readonly path: string) {}

  /** Creates and locks the file. Throws a StartError when another daemon has it, or it cannot be made. */
  static lock(path: string, native: Pick<NativeAddon, 'lockPidFile'>): PidFile {
    let holder: { locked: boolean; pid: number };
    try {
      prepareDirectory(path);
      holder = native.lockPidFile(path);
    } catch (error) {
      throw new StartError(
        DaemonExit.PID_FILE,
        `the pid file ${path} cannot be locked: ${messageOf(error)}. ` +
          'Set CHORALE_RUN_DIR to a directory that this user can write to.',
        { cause: error },
      );
    }
    if (!holder.locked) {
      const who = holder.pid === 0 ? 'another daemon' : `a daemon with pid ${holder.pid}`;
      throw new StartError(
        DaemonExit.ALREADY_RUNNING,
        `already running: ${who} has ${path}. Stop it (SIGTERM), or start this one as another node with -i NAME.`,
      );
    }
    return new PidFile(path);
  }

  /** Removes the file; the lock ends with the process. */
  remove(): void {
    try {
      unlinkSync(this.path);
    } catch {
      // Somebody removed it, or the directory: there is nothing left to clean up.
    }
  }
}
