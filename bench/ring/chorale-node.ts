/**
 * One Chorale node in a process of its own, under the load of its pload service: started and told what to do by
 * chorale-cluster.ts over the channel between them. It ends with the channel.
 */
import { SEVERITIES } from '../../core/base/logger.js';
import { nodeOptionsOf, transportOptionsOf } from '../../core/cli/node-options.js';
import { tuningLimitsOf } from '../../core/cli/tuning-limits.js';
import { thisHost } from '../../core/config/host.js';
import { loadConfig } from '../../core/config/load.js';
import { FileStore } from '../../core/host/bindings/file-store.js';
import { nodeClock } from '../../core/host/bindings/node-clock.js';
import { NodeEntropy } from '../../core/host/bindings/node-entropy.js';
import { ChoraleNode } from '../../core/host/node.js';
import { openTransport } from '../../core/net/open-transport.js';
import { ploadPlugin } from '../../core/services/pload/index.js';
import type { PloadEngine, PloadReading } from '../../core/services/pload/index.js';
import { tuningPlugin } from '../../core/services/tuning/index.js';

/** What a node is started with. */
export interface NodeSettings {
  readonly configuration: string;
  /** Which of the configured nodes it is. */
  readonly address: string;
  readonly stateDirectory: string;
  readonly segmentation: boolean;
}

export type NodeCommand = { readonly load: { size: number } } | { readonly stop: true } | { readonly report: true };

/** What the node has seen until now. */
export interface NodeReport {
  readonly nodeId: number;
  readonly load: PloadReading;
  /** Messages of its own that it gave to the ring, all of which have to arrive everywhere. */
  readonly sent: number;
  /** Messages of its own that wait to be sent. */
  readonly remaining: number;
  /** By `performance.now` of that process. */
  readonly at: number;
  readonly tokens: number;
  readonly retransmitted: number;
  readonly memberships: number;
}

export type NodeMessage = { readonly synchronized: readonly number[] } | { readonly report: NodeReport };

const WARNING = SEVERITIES.indexOf('warning');
const settings = JSON.parse(process.argv[2]!) as NodeSettings;
const tell = (message: NodeMessage): void => void process.send!(message);

let pload: PloadEngine | undefined;
const loadService = { plugin: ploadPlugin((engine) => (pload = engine)) };

// On the loopback interface every node's address is this host's: only its own may be found.
const environment = {
  ...thisHost(),
  localAddresses: () => [{ address: settings.address, family: 4 as const }],
};
const { config } = await loadConfig(settings.configuration, environment);
const transport = await openTransport({ ...transportOptionsOf(config), segmentation: settings.segmentation });
const node: ChoraleNode = new ChoraleNode({
  transport,
  clock: nodeClock,
  entropy: new NodeEntropy(),
  store: new FileStore(settings.stateDirectory),
  loggerOf: (subsystem) => ({
    enabled: (severity) => SEVERITIES.indexOf(severity) <= WARNING,
    log: (severity, text) => {
      if (SEVERITIES.indexOf(severity) <= WARNING) console.error(`node ${node.nodeId} ${subsystem}: ${text}`);
    },
  }),
  options: { ...nodeOptionsOf(config), tuning: tuningLimitsOf(config, transport) },
  plugins: [loadService, { plugin: tuningPlugin(() => node) }],
  fatal: (error) => {
    throw error;
  },
});
node.onSynchronized(() => tell({ synchronized: node.members }));
node.start();

function report(): NodeReport {
  const { ring } = node.dump() as { ring: Record<string, number> };
  return {
    nodeId: node.nodeId,
    load: pload!.reading,
    sent: pload!.sent,
    remaining: pload!.remaining,
    at: performance.now(),
    tokens: ring['tokensReceived']!,
    retransmitted: ring['retransmitted']!,
    memberships: ring['operationalEntered']!,
  };
}

process.on('message', (command: NodeCommand) => {
  if ('load' in command) pload!.startLoad(Number.MAX_SAFE_INTEGER, command.load.size);
  else if ('stop' in command) pload!.stopLoad();
  else tell({ report: report() });
});
process.on('disconnect', () => process.exit());
