import type { Logger } from '../base/logger.js';
import type { ClusterConfig, ServiceConfig } from '../config/model.js';
import { nodeClock } from '../host/bindings/node-clock.js';
import { messageOf } from '../host/errors.js';
import { FlightRecorder } from '../host/recorder/flight-recorder.js';
import { CONTROL_SERVICE } from '../ipc/control-service.js';
import type { NodeOptions } from '../host/node-options.js';
import type { FrameMemory } from '../net/frame-memory.js';
import { packageVersion } from './version.js';

/** What a replay needs to put the daemon's node together again. */
export interface DaemonComposition {
  readonly kind: 'choraled';
  readonly config: ClusterConfig;
}

/** What the daemon does to its node, as a recording has it: the name of each command and its data. */
export interface DaemonCommands {
  /** A plugin is loaded that an operator named. */
  load: { readonly specifier: string };
  unload: { readonly service: string };
  /** With `specifier` its file is read again first. */
  restart: { readonly service: string; readonly specifier?: string };
  /** A signal, or a command, asked for a reload. */
  reloadHere: null;
  /** The reload under way: the file is read and good; services change; the rest changes; it is done. */
  reloadParsed: null;
  reloadServices: { readonly gone: readonly ServiceConfig[]; readonly added: readonly ServiceConfig[] };
  reloadConfig: { readonly config: ClusterConfig };
  reloadFinished: { readonly error: number };
}

/**
 * Opens the flight recorder that the configuration asks for. Without it the node runs all the same, so what is wrong with
 * its file is only logged.
 */
export function openFlightRecorder(
  config: ClusterConfig,
  options: NodeOptions,
  frames: FrameMemory,
  log: Logger,
): FlightRecorder | undefined {
  const { flightRecorder } = config.system;
  if (flightRecorder === undefined) return undefined;
  const { file, limitBytes } = flightRecorder;
  const composition: DaemonComposition = { kind: 'choraled', config };
  try {
    const recorder = new FlightRecorder({
      file,
      limit: limitBytes,
      clock: nodeClock,
      frames,
      header: {
        version: packageVersion(),
        startedMs: Date.now(),
        options,
        outside: [CONTROL_SERVICE],
        composition,
      },
      stopped: (text) => log.log('warning', text),
    });
    process.once('exit', () => recorder.close());
    log.log(
      'notice',
      `the flight recorder writes to ${file}, up to ${limitBytes} bytes, with the contents of messages`,
    );
    return recorder;
  } catch (error) {
    const text = `${messageOf(error)}. Make its directory writable, or name another file in system.flight_recorder`;
    log.log('error', `the flight recorder cannot write ${file}: ${text}; the node runs without it`);
    return undefined;
  }
}
