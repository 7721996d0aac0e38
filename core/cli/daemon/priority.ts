import type { Logger } from '../../base/logger.js';
import type { SystemConfig } from '../../config/model.js';
import { messageOf } from '../../host/errors.js';
import type { NativeAddon } from '../../net/native.js';

/** What is asked of the system here. */
export type PriorityCalls = Pick<
  NativeAddon,
  'roundRobinRange' | 'setRoundRobin' | 'setNice' | 'lockMemory' | 'moveToRootCgroup'
>;

const MOST_URGENT = -20;
const LEAST_URGENT = 19;

/**
 * Gives the process the priority that the `system` section asks for and keeps it in memory, so that other work of the
 * machine delays the token as little as possible. What is not allowed is logged with what to do about it; the daemon
 * runs all the same.
 */
export function raisePriority(system: SystemConfig, native: PriorityCalls, log: Logger): void {
  if (system.moveToRootCgroup === 'yes') moveToRootCgroup(native, log);
  if (system.schedRr) {
    if (!setRoundRobin(system, native, log)) setNice(MOST_URGENT, native, log);
  } else if (system.priority !== undefined) {
    setNice(niceValue(system.priority), native, log);
  }
  lockMemory(native, log);
}

function setRoundRobin(system: SystemConfig, native: PriorityCalls, log: Logger): boolean {
  const { max } = native.roundRobinRange();
  const attempt = (): string | undefined => {
    try {
      native.setRoundRobin(max);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  let failure = attempt();
  if (failure !== undefined && system.moveToRootCgroup === 'auto') {
    // A control group without real-time run time refuses it even to root.
    moveToRootCgroup(native, log);
    failure = attempt();
  }
  if (failure === undefined) {
    log.log('info', `Running with real-time priority (SCHED_RR ${max})`);
    return true;
  }
  log.log(
    'warning',
    `Could not set SCHED_RR at priority ${max}: ${failure}. A busy machine can delay the token past its time-out: ` +
      'run as root, or with CAP_SYS_NICE or LimitRTPRIO=99; or set "system { sched_rr: no }" to do without',
  );
  return false;
}

function setNice(value: number, native: PriorityCalls, log: Logger): void {
  try {
    native.setNice(value);
    log.log('info', `Running with nice value ${value}`);
  } catch (error) {
    log.log(
      'warning',
      `Could not set nice value ${value}: ${messageOf(error)}. Run as root, or with CAP_SYS_NICE or LimitNICE=-20, ` +
        'or take "priority" out of the system section',
    );
  }
}

function niceValue(priority: number | 'min' | 'max'): number {
  if (priority === 'max') return MOST_URGENT;
  if (priority === 'min') return LEAST_URGENT;
  return Math.min(LEAST_URGENT, Math.max(MOST_URGENT, priority));
}

function lockMemory(native: PriorityCalls, log: Logger): void {
  try {
    native.lockMemory();
    log.log('debug', 'Program, C heap and frame memory are locked in memory');
  } catch (error) {
    log.log(
      'warning',
      `Could not lock memory: ${messageOf(error)}. A page fault can delay the token: run as root, or with ` +
        'CAP_IPC_LOCK or LimitMEMLOCK=infinity',
    );
  }
}

function moveToRootCgroup(native: PriorityCalls, log: Logger): void {
  try {
    native.moveToRootCgroup();
    log.log('info', 'Moved to the root control group');
  } catch (error) {
    log.log('debug', `Could not move to the root control group: ${messageOf(error)}`);
  }
}
