import { dirname } from 'node:path';
import { CsErrorCode } from '../../base/errors.js';
import type { LoggerOf } from '../../base/logger.js';
import type { ClusterConfig, ServiceConfig } from '../../config/model.js';
import { messageOf } from '../../host/errors.js';
import { importPlugin } from '../../host/import-plugin.js';
import type { Plugin } from '../../host/plugin.js';
import { RecordingError } from '../../host/recorder/recording.js';
import type { Recording } from '../../host/recorder/recording.js';
import { Replay } from '../../host/recorder/replay.js';
import { Icmap } from '../../services/cmap/index.js';
import type { CfgEngine, ReloadProgress } from '../../services/cfg/index.js';
import type { WatchdogPower } from '../../services/wd/index.js';
import type { Configuration } from '../../totem/ring.js';
import { exchangeServices, importServices, sameService } from '../configured-services.js';
import type { ConfiguredService } from '../configured-services.js';
import { CoreServices } from '../core-services.js';
import type { DaemonCommands, DaemonComposition } from '../flight-recorder.js';

export interface ReplayedDaemonOptions {
  /** Stop at the first difference from the recording's outputs. */
  readonly verify: boolean;
  /** Import the service engines that the recording names. */
  readonly plugins: boolean;
  /** Asked for when the configuration is known. */
  readonly loggerOf: (daemon: ReplayedDaemon) => LoggerOf;
  readonly configured: (configuration: Configuration) => void;
}

/** A replay touches no watchdog. What the recorded one did is no part of the node. */
const NO_POWER: WatchdogPower = {
  open: () => {
    throw new Error('this is a replay');
  },
  restartMachine: () => undefined,
  powerOff: () => undefined,
};

/** What the recorded daemon did to its node, done again. */
type Commands = { readonly [Name in keyof DaemonCommands]: (data: DaemonCommands[Name]) => void | Promise<void> };

/** The node of a recorded daemon, put together as the daemon did, and what the daemon did around it. */
export class ReplayedDaemon {
  readonly replay: Replay;
  config: ClusterConfig;
  private readonly map = new Icmap();
  private core!: CoreServices;
  private configured: ConfiguredService[] = [];
  private progress: ReloadProgress | undefined;

  private constructor(
    recording: Recording,
    private readonly options: ReplayedDaemonOptions,
  ) {
    this.config = configOf(recording);
    this.replay = new Replay(recording, options.verify);
  }

  /** Puts the node together. Rejects with a RecordingError that says what is missing. */
  static async create(recording: Recording, options: ReplayedDaemonOptions): Promise<ReplayedDaemon> {
    const daemon = new ReplayedDaemon(recording, options);
    try {
      await daemon.begin();
    } catch (error) {
      if (error instanceof RecordingError) throw error;
      throw new RecordingError(`the recorded node cannot be put together: ${messageOf(error)}`, { cause: error });
    }
    return daemon;
  }

  private async begin(): Promise<void> {
    const { replay, map, options } = this;
    this.configured = await this.importServices(this.config.services);
    const core = new CoreServices({
      clock: replay.clock,
      map,
      log: options.loggerOf(this)('MAIN'),
      power: NO_POWER,
      config: () => this.config,
      isMember: (nodeId) => replay.node.members.includes(nodeId),
      isInterfaceUp: () => replay.node.interfaceUp,
      effects: {
        shutdown: () => replay.out(),
        reload: (progress) => (this.progress = progress),
        reopenLogs: () => CsErrorCode.OK,
        dumpState: () => undefined,
        dumpFlightData: () => undefined,
        reform: () => replay.out(),
        retune: (config) => {
          this.config = config;
          replay.out();
        },
      },
    });
    this.core = core;
    replay.begin({
      loggerOf: options.loggerOf(this),
      plugins: [...core.requests, ...this.configured.map((service) => service.request)],
      commands: this.commands as unknown as Record<string, (data: unknown) => void | Promise<void>>,
      configured: options.configured,
    });
    core.attach(replay.node);
  }

  private readonly commands: Commands = {
    load: async ({ specifier }) => this.replay.node.host.load([{ plugin: await this.import(specifier) }]),
    unload: ({ service }) => this.replay.node.host.unload(service),
    restart: async ({ service, specifier }) => {
      const plugin = specifier === undefined ? undefined : await this.import(specifier);
      this.replay.node.host.restart(service, plugin);
    },
    reloadHere: () => {
      const cfg = this.replay.node.host.service('cfg')!.engine as CfgEngine;
      cfg.reloadHere(() => undefined);
    },
    reloadParsed: () => this.progress?.parsed(),
    reloadServices: async ({ gone, added }) => {
      const leaving = this.configured.filter(({ section }) => gone.some((one) => sameService(one, section)));
      const coming = await this.importServices(added);
      exchangeServices(this.replay.node.host, leaving, coming);
      this.configured = [...this.configured.filter((service) => !leaving.includes(service)), ...coming];
    },
    reloadConfig: ({ config }) => {
      this.config = config;
      this.core.reconfigured(config);
    },
    reloadFinished: ({ error }) => this.progress?.finished(error),
  };

  /** A plugin that was loaded into the running node; rejects with a RecordingError. */
  private async import(specifier: string): Promise<Plugin> {
    this.refusePlugins([{ name: specifier }]);
    try {
      return await importPlugin(specifier, { directory: dirname(this.config.file), fresh: true });
    } catch (error) {
      throw new RecordingError(`the recorded node cannot be put together: ${messageOf(error)}`, { cause: error });
    }
  }

  private async importServices(services: readonly ServiceConfig[]): Promise<ConfiguredService[]> {
    this.refusePlugins(services);
    try {
      return await importServices(this.config, services);
    } catch (error) {
      throw new RecordingError(`the recorded node cannot be put together: ${messageOf(error)}`, { cause: error });
    }
  }

  private refusePlugins(services: readonly Pick<ServiceConfig, 'name'>[]): void {
    const first = services[0];
    if (first === undefined || this.options.plugins) return;
    throw new RecordingError(
      `the recorded node ran the service engine ${first.name}, which a replay would import and run with your rights. ` +
        'If you trust the recording, replay it with --plugins, where that engine is installed in the same version',
    );
  }
}

function configOf(recording: Recording): ClusterConfig {
  const composition = recording.header.composition as Partial<DaemonComposition> | null;
  const config = composition?.kind === 'choraled' ? composition.config : undefined;
  const good =
    typeof config?.file === 'string' &&
    Array.isArray(config.services) &&
    Array.isArray(config.nodes) &&
    Array.isArray(config.entries) &&
    config.logging.subsystems instanceof Map;
  if (good) return config;
  throw new RecordingError('the recording is not one of choraled: replay it with the program that made it');
}
