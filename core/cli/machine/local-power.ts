import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { Logger } from '../../base/logger.js';
import { messageOf } from '../../host/errors.js';
import type { Watchdog, WatchdogPower } from '../../services/wd/index.js';

/** Linux' switch for what cannot wait: `b` restarts the machine, `o` turns it off. */
const SYSRQ = '/proc/sysrq-trigger';
/** Written last, it lets a watchdog device be closed without a restart. */
const MAGIC_CLOSE = 'V';

/** The machine's own watchdog device, and its power. */
export class LocalPower implements WatchdogPower {
  constructor(private readonly log: Logger) {}

  open(device: string): Watchdog {
    const file = openSync(device, constants.O_WRONLY);
    if (fstatSync(file).isCharacterDevice()) return new DeviceWatchdog(file, this.log);
    closeSync(file);
    throw new Error('it is no device: name a watchdog like /dev/watchdog, and load its kernel module');
  }

  restartMachine(): void {
    this.trigger('b', 'restarted');
  }

  powerOff(): void {
    this.trigger('o', 'turned off');
  }

  private trigger(command: string, what: string): void {
    this.log.log('emerg', `the machine is ${what}: a resource has failed`);
    try {
      writeFileSync(SYSRQ, command);
    } catch (error) {
      this.log.log('emerg', `the machine cannot be ${what}: ${messageOf(error)}. The daemon has to run as root`);
    }
  }
}

/** A device that any written byte keeps alive. Its timeout is the driver's: changing it needs an ioctl, which Node lacks. */
class DeviceWatchdog implements Watchdog {
  constructor(
    private readonly file: number,
    private readonly log: Logger,
  ) {}

  keepAlive(): void {
    try {
      writeSync(this.file, '\0');
    } catch (error) {
      this.log.log('error', `the watchdog cannot be kept alive: ${messageOf(error)}`);
    }
  }

  setTimeout(seconds: number): number {
    const { rdev } = fstatSync(this.file);
    // Major 10, minor 130 is /dev/watchdog, which is the same device as watchdog0.
    const minor = rdev & 0xff;
    const name = minor === 130 ? 'watchdog0' : `watchdog${minor}`;
    try {
      const timeout = Number(readFileSync(`/sys/class/watchdog/${name}/timeout`, 'utf8'));
      return Number.isInteger(timeout) && timeout > 0 ? timeout : seconds;
    } catch {
      return seconds;
    }
  }

  close(): void {
    try {
      writeSync(this.file, MAGIC_CLOSE);
      closeSync(this.file);
    } catch (error) {
      this.log.log('error', `the watchdog cannot be closed, it may restart the machine: ${messageOf(error)}`);
    }
  }
}
