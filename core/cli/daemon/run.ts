import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from '../../base/logger.js';
import { ConfigError } from '../../config/errors.js';
import { thisHost } from '../../config/host.js';
import { loadConfig } from '../../config/load.js';
import type { ClusterConfig } from '../../config/model.js';
import { StartError, messageOf } from '../../host/errors.js';
import { socketPath } from '../../ipc/socket-path.js';
import { createLogging } from '../../log/logging.js';
import type { Logging } from '../../log/logging.js';
import { RecentLines } from '../../log/recent-lines.js';
import { loadNative } from '../../net/native.js';
import { createDaemonNode } from '../compose.js';
import { ringParametersOf } from '../node-options.js';
import { Rehearsal } from '../rehearsal/rehearsal.js';
import { builtInFeatures, packageVersion } from '../version.js';
import { BLACKBOX_FILE, writeRecords } from '../overview/record-file.js';
import { DaemonExit } from './exit-codes.js';
import { DaemonLife } from './life.js';
import type { RunOptions } from './options.js';
import { PidFile } from './pid-file.js';
import { raisePriority } from './priority.js';
import { reportToParent, reportToStderr } from './start-report.js';
import { Systemd, notifyEnvironment } from './systemd.js';

/** Longest wait at the end for log lines that a target does not take. */
const LOG_DEADLINE_MS = 3000;

/** Runs the daemon in this process until it ends; resolves to its exit code. */
export async function runDaemon(options: RunOptions): Promise<number> {
  const report = options.background ? reportToParent : reportToStderr;
  const program = new DaemonProcess(options);
  try {
    const life = await program.start();
    report.started();
    return await program.finish(await life.end());
  } catch (error) {
    const { exitCode, text } = failureOf(error);
    const shown = program.logFailure(text) && !options.background;
    if (!shown) await report.failed(exitCode, text);
    return program.finish(exitCode);
  }
}

/** What a daemon holds of its host: log, pid file, and the node itself. */
class DaemonProcess {
  private logging: Logging | undefined;
  private config: ClusterConfig | undefined;
  private pidFile: PidFile | undefined;
  /** Kept while the node is made: see Rehearsal. */
  rehearsal: Rehearsal | undefined;
  private readonly recent = new RecentLines();

  constructor(private readonly options: RunOptions) {}

  /** Rejects with a StartError or a ConfigError. */
  async start(): Promise<DaemonLife> {
    // Relative paths stay what they were, also at a reload: the daemon's own working directory is its state directory.
    const environment = thisHost(this.options.instance);
    const read = () => loadConfig(this.options.config, environment);
    const { config, warnings } = await read();
    const identity = { program: 'choraled', hostname: hostname(), pid: process.pid };
    const logging = createLogging(config.logging, identity, undefined, this.recent);
    this.config = config;
    this.logging = logging;
    const log = logging.loggerOf('MAIN');
    log.log('notice', `Chorale Cluster Engine ${packageVersion()} starting up`);
    log.log('info', `Chorale built-in features: ${builtInFeatures()}`);
    for (const warning of warnings) log.log('warning', warning);

    const native = await addon();
    const socket = resolve(socketPath(config.system.runName));
    this.pidFile = PidFile.lock(join(dirname(socket), `${config.system.runName}.pid`), native);
    enterStateDirectory(config);
    if (config.system.rehearsal) this.rehearsal = await this.rehearse(config, log);
    raisePriority(config.system, native, log);
    const daemon = await createDaemonNode({
      config,
      logging,
      recent: this.recent,
      socketPath: socket,
      readConfig: async () => {
        const next = await read();
        for (const warning of next.warnings) log.log('warning', warning);
        return next.config;
      },
    });
    this.rehearsal = undefined;
    const systemd = new Systemd(native, notifyEnvironment(), log);
    return new DaemonLife(daemon, logging, systemd, this.options.withStdin ? process.stdin : undefined);
  }

  /** What it returns is kept until the node is made: see Rehearsal. */
  private async rehearse(config: ClusterConfig, log: Logger): Promise<Rehearsal> {
    const { totem } = config;
    const rehearsal = new Rehearsal({ parameters: ringParametersOf(totem), netmtu: totem.netMtu });
    try {
      await rehearsal.run();
      const { messages, milliseconds } = rehearsal;
      log.log('debug', `Rehearsed with ${messages} messages in ${Math.round(milliseconds)} ms`);
    } catch (error) {
      log.log('warning', `The rehearsal failed, so this node is slow at first; please report it: ${messageOf(error)}`);
    }
    return rehearsal;
  }

  /** Logs why the daemon cannot run; false if no log would show it to who started the daemon. */
  logFailure(text: string): boolean {
    if (this.logging === undefined) return false;
    const log: Logger = this.logging.loggerOf('MAIN');
    for (const line of text.split('\n')) log.log('error', line);
    return this.config!.logging.toStderr;
  }

  async finish(exitCode: number): Promise<number> {
    this.pidFile?.remove();
    const how = exitCode === DaemonExit.OK ? 'normally' : `with exit code ${exitCode}`;
    this.logging?.loggerOf('MAIN').log('notice', `Chorale Cluster Engine exiting ${how}`);
    if (exitCode !== DaemonExit.OK) this.keepBlackbox();
    const deadline = new Promise<void>((done) => setTimeout(done, LOG_DEADLINE_MS).unref());
    await Promise.race([this.logging?.close(), deadline]);
    return exitCode;
  }

  /** What the log held when the daemon failed, for `chorale blackbox --file`. */
  private keepBlackbox(): void {
    if (this.config?.logging.blackbox !== true || this.pidFile === undefined) return;
    try {
      writeRecords(join(this.config.system.stateDir, BLACKBOX_FILE), this.recent.after(0));
    } catch (error) {
      this.logging!.loggerOf('MAIN').log('warning', `The last log lines could not be kept: ${messageOf(error)}`);
    }
  }
}

/** The native addon; a StartError that says what to do where there is none. */
async function addon(): Promise<ReturnType<typeof loadNative>> {
  try {
    return loadNative();
  } catch (error) {
    throw new StartError(DaemonExit.TRANSPORT, messageOf(error), { cause: error });
  }
}

/**
 * Makes the state directory this process's own. The usual one is made if it is not there; one that the configuration
 * names has to be: a directory that is not mounted must not be taken for an empty one.
 */
function enterStateDirectory(config: ClusterConfig): void {
  const { stateDir } = config.system;
  const named = config.entries.some(({ path }) => path === 'system.state_dir');
  try {
    if (!named) mkdirSync(stateDir, { recursive: true, mode: 0o755 });
    process.chdir(stateDir);
  } catch (error) {
    throw new StartError(
      DaemonExit.STATE_DIRECTORY,
      `the state directory ${stateDir} cannot be used: ${messageOf(error)}. ` +
        'Make it, writable for the daemon, or set system.state_dir to one that is.',
      { cause: error },
    );
  }
}

function failureOf(error: unknown): { exitCode: number; text: string } {
  if (error instanceof ConfigError || error instanceof StartError) {
    return { exitCode: error.exitCode, text: error.message };
  }
  return { exitCode: DaemonExit.FATAL, text: `bug: ${error instanceof Error ? error.stack : String(error)}` };
}
