/** Every way a plugin can be refused; the code is stable, the message is for people. */
export const PLUGIN_ERROR_CODES = [
  'PLUGIN_NOT_FOUND',
  'PLUGIN_IMPORT_FAILED',
  'PLUGIN_NOT_A_PLUGIN',
  'PLUGIN_BAD_MANIFEST',
  'PLUGIN_WRONG_SDK',
  'PLUGIN_WRONG_VERSION',
  'PLUGIN_ID_OUT_OF_RANGE',
  'PLUGIN_ID_TAKEN',
  'PLUGIN_NAME_TAKEN',
  'PLUGIN_CAPABILITY_TAKEN',
  'PLUGIN_UNKNOWN_REQUIREMENT',
  'PLUGIN_CYCLE',
  'PLUGIN_CREATE_FAILED',
  'PLUGIN_START_FAILED',
  'PLUGIN_BAD_ENGINE',
  'PLUGIN_NOT_LOADED',
  'PLUGIN_IN_USE',
] as const;
export type PluginErrorCode = (typeof PLUGIN_ERROR_CODES)[number];

/** A plugin cannot be loaded, started or unloaded. The message says which one, what was found and what to do. */
export class PluginError extends Error {
  constructor(
    readonly code: PluginErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PluginError';
  }
}

/** The exit codes of the daemon that the host decides on; the numbers are Corosync's. */
export const ExitCode = {
  /** The transport's sockets could not be bound. */
  TRANSPORT: 1,
  /** There is no state directory. */
  STATE_DIRECTORY: 16,
  /** A service engine could not be loaded or started. */
  SERVICE_ENGINE: 20,
  /** The ring id could not be read from or written to the state directory. */
  RING_ID: 21,
} as const;

/** The node cannot start; the daemon prints the message and exits with `exitCode`. */
export class StartError extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StartError';
  }
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
