import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../base/logger.js';
import { CsErrorCode } from '../base/errors.js';
import { loadConfig } from '../config/load.js';
import type { ClusterConfig } from '../config/model.js';
import type { NodeOptions } from '../host/node-options.js';
import { reloadConfig } from '../config/reload.js';
import { FileStore } from '../host/bindings/file-store.js';
import { nodeClock } from '../host/bindings/node-clock.js';
import { NodeEntropy } from '../host/bindings/node-entropy.js';
import { ExitCode, StartError, messageOf } from '../host/errors.js';
import { importPlugin } from '../host/import-plugin.js';
import { ChoraleNode } from '../host/node.js';
import type { NodeBindings } from '../host/node.js';
import type { FlightRecorder } from '../host/recorder/flight-recorder.js';
import { RecordedNode } from '../host/recorder/recorded-node.js';
import { ControlService } from '../ipc/control-service.js';
import type { ControlActions } from '../ipc/control-service.js';
import type { LibqbServer } from '../ipc/libqb/server.js';
import { socketPath } from '../ipc/socket-path.js';
import type { Logging } from '../log/logging.js';
import type { RecentLines } from '../log/recent-lines.js';
import { loadNative } from '../net/native.js';
import { openTransport } from '../net/open-transport.js';
import type { Transport } from '../net/transport.js';
import { Icmap } from '../services/cmap/index.js';
import type { CfgEngine, ReloadProgress } from '../services/cfg/index.js';
import { exchangeServices, importServices, sameService } from './configured-services.js';
import type { ConfiguredService } from './configured-services.js';
import { CORE_SERVICE_NAMES, CoreServices } from './core-services.js';
import type { CoreSurroundings } from './core-services.js';
import { stateLines } from './daemon/state-dump.js';
import { openFlightRecorder } from './flight-recorder.js';
import type { DaemonCommands } from './flight-recorder.js';
import { openLibqbServer } from './libqb-server.js';
import { LocalMachine } from './machine/local-machine.js';
import { LocalPower } from './machine/local-power.js';
import { MachineStore } from './machine/machine-store.js';
import { ZeroCopyFiles } from './machine/zero-copy-files.js';
import { NodeOverview } from './overview/node-overview.js';
import { logPage } from './overview/log-page.js';
import { nodeOptionsOf, peersOf, ringParametersOf, transportOptionsOf } from './node-options.js';
import { tuningLimitsOf } from './tuning-limits.js';

/** How a daemon ended: its exit code, and why if it was not asked to. */
export interface DaemonEnd {
  readonly exitCode: number;
  readonly reason?: string;
}

/** A running daemon: a node on real sockets, files and time, and the socket its clients use. */
export interface Daemon {
  readonly node: ChoraleNode;
  /** What clients name it by. */
  readonly socketPath: string;
  /** The configuration in use. */
  readonly config: ClusterConfig;
  /** Reads the configuration file again and applies it; resolves to a line for the person, rejects if it has errors. */
  reload(): Promise<string>;
  /** Leaves the ring politely and closes everything. A second call waits for the first. */
  leave(): Promise<void>;
  /** Resolves when the daemon has ended, for whatever reason. */
  readonly ended: Promise<DaemonEnd>;
}

export interface DaemonOptions {
  readonly config: ClusterConfig;
  readonly logging: Logging;
  /** The log's last lines, for `chorale blackbox`. */
  readonly recent?: RecentLines;
  /** Of its own socket; missing: the usual one of the configuration's instance. */
  readonly socketPath?: string;
  /** Reads the configuration again for a reload; missing: the file of `config`. */
  readonly readConfig?: () => Promise<ClusterConfig>;
}

/**
 * Puts a daemon together from its configuration and starts it. Rejects with a StartError that has the exit code;
 * nothing is left running then.
 */
export async function createDaemonNode(options: DaemonOptions): Promise<Daemon> {
  const { config } = options;
  checkStateDirectory(config.system.stateDir);
  const configured = await importServices(config, config.services);
  const transport = await open(config);
  const recorder = openFlightRecorder(
    config,
    optionsOf(config, transport),
    transport.frames,
    options.logging.loggerOf('MAIN'),
  );
  const daemon = new RunningDaemon(options, transport, configured, recorder);
  await daemon.start();
  return daemon;
}

class RunningDaemon implements Daemon {
  readonly node: ChoraleNode;
  readonly socketPath: string;
  readonly ended: Promise<DaemonEnd>;
  config: ClusterConfig;
  private readonly log: Logger;
  private readonly map = new Icmap();
  private readonly core: CoreServices;
  private readonly overview: NodeOverview;
  /** How the last reload came out, for a person. */
  private reloadOutcome = '';
  private configured: ConfiguredService[];
  private libqb: LibqbServer | undefined;
  private leaving: Promise<void> | undefined;
  private end!: (end: DaemonEnd) => void;

  constructor(
    private readonly options: DaemonOptions,
    transport: Transport,
    configured: readonly ConfiguredService[],
    private readonly recorder: FlightRecorder | undefined,
  ) {
    const { config, logging } = options;
    this.config = config;
    this.log = logging.loggerOf('MAIN');
    this.configured = [...configured];
    this.socketPath = options.socketPath ?? socketPath(config.system.runName);
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.core = new CoreServices(this.surroundings);
    const bindings: NodeBindings = {
      transport,
      clock: nodeClock,
      entropy: new NodeEntropy(),
      store: new MachineStore(new FileStore(config.system.stateDir), new LocalMachine()),
      loggerOf: logging.loggerOf,
      options: optionsOf(config, transport),
      plugins: [...this.core.requests, ...configured.map((service) => service.request)],
      fatal: (error) => void this.finish({ exitCode: error.exitCode, reason: error.message }),
    };
    this.node = recorder === undefined ? new ChoraleNode(bindings) : new RecordedNode(bindings, recorder);
    this.core.attach(this.node);
    this.overview = new NodeOverview({
      node: this.node,
      machine: new LocalMachine(),
      config: () => this.config,
      log: () => logging.counters,
      now: () => nodeClock.now(),
    });
  }

  async start(): Promise<void> {
    this.node.hub.register(new ControlService(this.commands));
    try {
      const log = this.options.logging.loggerOf('IPC');
      this.libqb = openLibqbServer({
        node: this.node,
        map: this.map,
        config: this.config,
        log,
        path: this.socketPath,
      });
      this.node.start();
    } catch (error) {
      this.node.crash();
      this.libqb?.close();
      this.recorder?.close();
      if (error instanceof StartError) throw error;
      throw new StartError(ExitCode.SERVICE_ENGINE, messageOf(error), { cause: error });
    }
  }

  leave(): Promise<void> {
    this.leaving ??= this.node.leave().then(() => this.finish({ exitCode: 0 }));
    return this.leaving;
  }

  /** By the cfg service, so that votequorum and clients that follow `config.*` keys notice. */
  reload(): Promise<string> {
    return new Promise((resolve, reject) => {
      const cfg = this.node.host.services.find((service) => service.name === 'cfg')!.engine as CfgEngine;
      // Reloads wait for each other in the service; this is called at the end of the one it asked for.
      const done = (error: number): void =>
        error === CsErrorCode.OK ? resolve(this.reloadOutcome) : reject(new Error(this.reloadOutcome));
      this.tell('reloadHere', null, () => cfg.reloadHere(done));
    });
  }

  private async reloadFor(progress: ReloadProgress): Promise<void> {
    const finished = (error: number): void => this.tell('reloadFinished', { error }, () => progress.finished(error));
    try {
      const text = await this.applyConfiguration(() => this.tell('reloadParsed', null, () => progress.parsed()));
      this.log.log('notice', text);
      this.reloadOutcome = text;
      finished(CsErrorCode.OK);
    } catch (error) {
      const text = `the configuration in use stays: ${messageOf(error)}`;
      this.log.log('error', text);
      this.reloadOutcome = text;
      finished(CsErrorCode.ERR_INVALID_PARAM);
    }
  }

  private async applyConfiguration(parsed: () => void): Promise<string> {
    const { readConfig, logging } = this.options;
    const next = readConfig ? await readConfig() : (await loadConfig(this.config.file)).config;
    const { config, changes, notApplied } = reloadConfig(this.config, next);
    const gone = this.configured.filter(({ section }) => !config.services.some((other) => sameService(section, other)));
    const added = config.services.filter((one) => !this.configured.some(({ section }) => sameService(section, one)));
    // Everything that can be refused is asked for before the first change.
    const imported = await importServices(config, added);
    parsed();
    logging.reconfigure(config.logging);
    try {
      this.exchangeServices(gone, imported);
    } catch (error) {
      logging.reconfigure(this.config.logging);
      throw error;
    }
    this.tell('reloadConfig', { config }, () => {
      this.config = config;
      this.core.reconfigured(config);
    });
    this.node.reconfigure(peersOf(config), ringParametersOf(config.totem));
    for (const line of notApplied) this.log.log('warning', line);
    const waiting = notApplied.length > 0 ? `; ${notApplied.length} wait for a restart of the node (see the log)` : '';
    return `configuration reloaded from ${config.file}: ${changes.length} keys changed${waiting}`;
  }

  /** Unloads and loads what the file no longer, or newly, names; all or nothing. */
  private exchangeServices(gone: readonly ConfiguredService[], added: readonly ConfiguredService[]): void {
    const sections = { gone: gone.map(({ section }) => section), added: added.map(({ section }) => section) };
    this.tell('reloadServices', sections, () => exchangeServices(this.node.host, gone, added));
    this.configured = [...this.configured.filter((service) => !gone.includes(service)), ...added];
  }

  /** What the services of Chorale itself reach of the daemon. */
  private get surroundings(): CoreSurroundings {
    return {
      clock: this.recorder?.clock ?? nodeClock,
      map: this.map,
      log: this.log,
      power: new LocalPower(this.log),
      ...(this.recorder === undefined ? { zeroCopy: new ZeroCopyFiles(loadNative()) } : {}),
      config: () => this.config,
      isMember: (nodeId) => this.node.members.includes(nodeId),
      isInterfaceUp: () => this.node.interfaceUp,
      effects: {
        shutdown: (exitCode, reason) => {
          this.outside(() => this.shutdown(exitCode, reason));
        },
        reload: (progress) => void this.reloadFor(progress),
        reopenLogs: () => {
          this.options.logging.reopen();
          return CsErrorCode.OK;
        },
        dumpState: () => {
          for (const line of stateLines(this.node.dump())) this.log.log('notice', line);
        },
        dumpFlightData: () => this.tellOfFlightRecorder(),
        reform: () => this.outside(() => this.node.reform()),
        retune: (config) => {
          this.config = config;
          this.outside(() => this.node.reconfigure(peersOf(config), ringParametersOf(config.totem)));
        },
      },
    };
  }

  private tellOfFlightRecorder(): void {
    const { flightRecorder } = this.config.system;
    const where = flightRecorder === undefined ? 'off: name a file in system.flight_recorder' : flightRecorder.file;
    this.log.log('notice', `flight data was asked for; the flight recorder is ${where}`);
  }

  /** What a service has the daemon do to the node: the flight recorder, if there is one, has to know. */
  private outside(does: () => void): void {
    if (this.recorder === undefined) does();
    else this.recorder.out(does);
  }

  /** A service ends the daemon: in good order, or at once for a node that others want gone. */
  private shutdown(exitCode: number, reason: string): void {
    if (exitCode === 0) {
      void this.leave();
      return;
    }
    this.node.crash();
    void this.finish({ exitCode, reason });
  }

  /** What `chorale` can ask for over the socket. */
  private readonly commands: ControlActions = {
    status: () => this.node.status,
    overview: () => this.overview.now,
    dump: () => this.node.dump(),
    log: (after) => logPage(this.config.logging.blackbox ? this.options.recent : undefined, after),
    reload: () => this.reload(),
    load: async (specifier) => {
      const plugin = await importPlugin(specifier, { directory: this.directory, fresh: true });
      this.tell('load', { specifier }, () => this.node.host.load([{ plugin }]));
      return `service ${plugin.service.name} (id ${plugin.service.id}) loaded; it starts when the ring has formed again`;
    },
    unload: async (service) => {
      this.refuseCoreService(service);
      this.tell('unload', { service }, () => this.node.host.unload(service));
      // A reload brings it back if the file still names it.
      this.configured = this.configured.filter(({ request }) => request.plugin.service.name !== service);
      return `service ${service} unloaded`;
    },
    restart: async (service, fresh) => {
      const section = this.configured.find(({ request }) => request.plugin.service.name === service)?.section;
      if (fresh && section === undefined) {
        throw new Error(
          `service ${service} is not named in ${this.config.file}: load its file with "chorale plugin load"`,
        );
      }
      const plugin = fresh
        ? await importPlugin(section!.specifier, { directory: this.directory, fresh: true })
        : undefined;
      const told = { service, ...(plugin === undefined ? {} : { specifier: section!.specifier }) };
      this.tell('restart', told, () => this.node.host.restart(service, plugin));
      return `service ${service} restarted; it takes part again when the ring has formed again`;
    },
    leave: async () => {
      // The answer goes out before the sockets close.
      setTimeout(() => void this.leave(), 50);
      return `node ${this.node.nodeId} leaves the ring`;
    },
  };

  /** What is done to the node besides its own methods: the flight recorder, if there is one, has to know. */
  private tell<Name extends keyof DaemonCommands>(name: Name, data: DaemonCommands[Name], does: () => void): void {
    if (this.recorder === undefined) does();
    else this.recorder.command(name, data, does);
  }

  private get directory(): string {
    return dirname(this.config.file);
  }

  private refuseCoreService(name: string): void {
    if (CORE_SERVICE_NAMES.some((core) => core === name)) {
      throw new Error(`service ${name} belongs to Chorale itself and cannot be unloaded; it can be restarted`);
    }
  }

  private async finish(end: DaemonEnd): Promise<void> {
    this.libqb?.close();
    this.recorder?.close();
    this.end(end);
  }
}

async function open(config: ClusterConfig): Promise<Transport> {
  try {
    return await openTransport(transportOptionsOf(config));
  } catch (error) {
    throw new StartError(ExitCode.TRANSPORT, messageOf(error), { cause: error });
  }
}

function checkStateDirectory(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StartError(
      ExitCode.STATE_DIRECTORY,
      `the state directory ${path} does not exist: make it, or set system.state_dir to one that does.`,
    );
  }
}

/** What the node runs with, and what a recording of it says. */
function optionsOf(config: ClusterConfig, transport: Transport): NodeOptions {
  return { ...nodeOptionsOf(config), tuning: tuningLimitsOf(config, transport) };
}
