import type { Machine } from '../../base/machine.js';
import type { WatchdogPower } from '../../services/wd/index.js';

/** Between two readings of the machine's clock. */
const TICK_NS = 1_000_000n;

/** A machine that is well: its memory and load go up and down, its clock with each reading, and its watchdog is fed. */
export function simulatedMachine(): Machine {
  let readings = 0;
  let ns = 0n;
  return {
    memoryUsedPercent: () => 30 + ((++readings * 37) % 60),
    load15: () => 0.5 + ((++readings * 7) % 20) / 10,
    monotonicNs: () => (ns += TICK_NS),
    epochMs: () => Number(ns / TICK_NS),
    processName: () => 'simulated',
  };
}

/** Restarts nothing; `wrong` is told what a machine that is well should never have done to it. */
export function simulatedPower(wrong: (what: string) => void): WatchdogPower {
  return {
    open: () => ({
      keepAlive: () => undefined,
      setTimeout: (seconds) => seconds,
      close: () => undefined,
    }),
    restartMachine: () => wrong('restarted the machine'),
    powerOff: () => wrong('switched the machine off'),
  };
}

/** Keys of cmap with which mon looks at both resources, and wd guards them. */
export const WATCHED_KEYS: readonly (readonly [key: string, value: string])[] = [
  ['resources.watchdog_device', '/dev/watchdog'],
  ['resources.system.memory_used.max', '95'],
  ['resources.system.memory_used.recovery', 'reboot'],
  ['resources.system.load_15min.max', '100'],
  ['resources.system.load_15min.recovery', 'watchdog'],
];
