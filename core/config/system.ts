import { resolve } from 'node:path';
import { parseInteger } from './values.js';
import type { Environment } from './environment.js';
import type { Report } from './errors.js';
import type { SystemConfig } from './model.js';
import type { ConfigStore } from './store.js';

const STATE_DIR = '/var/lib/corosync';
const RUN_NAME = 'choraled';
const RECORDING = 'flight-recorder';
const IPC_QUEUE_BYTES = 64 * 1024 * 1024;
const IPC_ALL_QUEUES_BYTES = 256 * 1024 * 1024;
const RECORDING_BYTES = 64 * 1024 * 1024;
const INSTANCE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/** The system section; what is wrong is in the report. */
export function systemOf(store: ConfigStore, environment: Environment, report: Report): SystemConfig {
  const instance = environment.instance ?? store.string('system.instance');
  if (instance !== undefined && !INSTANCE.test(instance)) {
    const at = {
      origin: store.find('system.instance')?.origin ?? { file: 'command line', line: 0 },
      key: 'system.instance',
    };
    const text = 'must be 1 to 32 letters, digits, dots, dashes or underscores, the first a letter or digit';
    report.problem('parse', { ...at, value: instance }, text);
  }
  const stateDir = store.string('system.state_dir');
  const ownDir = instance === undefined ? STATE_DIR : `${environment.stateHome ?? STATE_DIR}/${instance}`;
  const priority = priorityOf(store, report);
  const directory = stateDir === undefined ? ownDir : resolve(environment.workingDirectory, stateDir);
  const flightRecorder = flightRecorderOf(store, directory);
  return {
    ...(instance === undefined ? {} : { instance }),
    runName: instance === undefined ? RUN_NAME : `${RUN_NAME}-${instance}`,
    stateDir: directory,
    ...(flightRecorder === undefined ? {} : { flightRecorder }),
    qbIpcType: (store.string('system.qb_ipc_type') ?? 'native') as SystemConfig['qbIpcType'],
    ipcQueueBytes: store.number('system.ipc_queue_limit') ?? IPC_QUEUE_BYTES,
    ipcAllQueuesBytes: store.number('system.ipc_queue_total') ?? IPC_ALL_QUEUES_BYTES,
    schedRr: store.string('system.sched_rr') !== 'no',
    ...(priority === undefined ? {} : { priority }),
    moveToRootCgroup: (store.string('system.move_to_root_cgroup') ?? 'auto') as SystemConfig['moveToRootCgroup'],
    rehearsal: store.string('system.rehearsal') !== 'no',
  };
}

/** A name without a directory is in the state directory, like everything the daemon writes. */
function flightRecorderOf(store: ConfigStore, stateDir: string): SystemConfig['flightRecorder'] {
  const word = store.string('system.flight_recorder') ?? 'no';
  if (word === 'no') return undefined;
  return {
    file: resolve(stateDir, word === 'yes' ? RECORDING : word),
    limitBytes: store.number('system.flight_recorder_limit') ?? RECORDING_BYTES,
  };
}

function priorityOf(store: ConfigStore, report: Report): number | 'min' | 'max' | undefined {
  const stored = store.find('system.priority');
  if (stored === undefined) return undefined;
  const value = String(stored.entry.value);
  if (value === 'min' || value === 'max') return value;
  const number = parseInteger(value);
  if (number === undefined || number < -2147483648n || number > 2147483647n) {
    const at = { origin: stored.origin, key: 'system.priority', value };
    report.problem('totem', at, 'must be "max", "min" or a nice value, -20 (most urgent) to 19');
    return undefined;
  }
  return Number(number);
}
