import type { Machine } from '../../base/machine.js';
import type { ClusterConfig } from '../../config/model.js';
import type { ChoraleNode } from '../../host/node.js';
import type { ClientView, GroupView, LinkView, NodeView, TotalsView } from '../../ipc/control.proto.js';
import type { Overview } from '../../ipc/overview.js';
import { packageVersion } from '../version.js';
import { quorumView, votesOf } from './quorum-view.js';

/** What the overview needs of the daemon. */
export interface OverviewSurroundings {
  readonly node: ChoraleNode;
  readonly machine: Machine;
  /** The one in use. */
  config(): ClusterConfig;
  /** Lines no target of the log could take, and why one takes none now. */
  log(): { readonly lost: number; readonly failure?: string };
  /** By the clock that the ring's statistics are in. */
  now(): number;
}

/** A part of what CPG's state dump holds. */
interface CpgDump {
  readonly processes: readonly { readonly nodeId: number; readonly group: string }[];
  readonly connections: readonly { readonly client: number; readonly group?: string }[];
}

/** Puts together what `chorale status` and `chorale top` show. Reading it changes nothing. */
export class NodeOverview {
  private readonly startedMs: number;
  private readonly version = packageVersion();
  private changes = 0;
  private lastChange: Overview['lastChange'];
  private members: readonly number[] = [];

  constructor(private readonly surroundings: OverviewSurroundings) {
    const { node, machine } = surroundings;
    this.startedMs = machine.epochMs();
    node.onConfiguration(({ kind, members }) => {
      if (kind !== 'regular') return;
      const joined = members.filter((id) => !this.members.includes(id));
      const left = this.members.filter((id) => !members.includes(id));
      this.members = [...members];
      this.lastChange = { timeMs: machine.epochMs(), joined, left, count: ++this.changes };
    });
  }

  get now(): Overview {
    const { node, machine } = this.surroundings;
    const config = this.surroundings.config();
    const log = this.surroundings.log();
    const { ring, waiting } = node.ringCounters;
    const cpg = this.cpg();
    return {
      status: node.status,
      version: this.version,
      clusterName: config.totem.clusterName,
      configFile: config.file,
      startedMs: this.startedMs,
      nowMs: machine.epochMs(),
      nodes: this.nodes(config),
      quorum: quorumView(node, config.quorum),
      links: [this.link(config)],
      clients: this.clients(cpg),
      groups: groupsOf(cpg),
      ...(this.lastChange === undefined ? {} : { lastChange: this.lastChange }),
      totals: this.totals(),
      ...(ring.lastTokenAt > 0 ? { tokenAgeMs: Math.max(0, this.surroundings.now() - ring.lastTokenAt) } : {}),
      tokenTimeoutMs: config.totem.tokenMs,
      continuousGather: ring.continuousGather,
      messagesWaiting: waiting,
      logLinesLost: log.lost,
      ...(log.failure === undefined ? {} : { logFailure: log.failure }),
    };
  }

  /** Those of the nodelist, in its order, then members that are not in it. */
  private nodes(config: ClusterConfig): NodeView[] {
    const { node } = this.surroundings;
    const known = config.nodes.map(({ nodeId, name, address }) => ({
      nodeId,
      ...(name === undefined ? {} : { name }),
      addresses: [address],
    }));
    const others = node.members.filter((nodeId) => !known.some((one) => one.nodeId === nodeId));
    return [...known, ...others.map((nodeId) => ({ nodeId, addresses: [] }))].map((one) => ({
      ...one,
      local: one.nodeId === node.nodeId,
      member: node.members.includes(one.nodeId),
      ...votesOf(node, one.nodeId),
    }));
  }

  private link({ totem, nodes, localNode }: ClusterConfig): LinkView {
    const { node } = this.surroundings;
    const others = nodes.filter(({ nodeId }) => nodeId !== localNode.nodeId);
    return {
      link: 0,
      transport: totem.transport,
      address: totem.interface.bindAddress,
      port: totem.interface.mcastPort,
      reached: others.filter(({ nodeId }) => node.members.includes(nodeId)).length,
      others: others.length,
    };
  }

  private cpg(): CpgDump {
    const service = this.surroundings.node.host.service('cpg');
    return (service?.engine?.dump?.() as CpgDump | undefined) ?? { processes: [], connections: [] };
  }

  /** Of services; the daemon's own commands are none. */
  private clients({ connections }: CpgDump): ClientView[] {
    const { node, machine } = this.surroundings;
    return [...node.hub.clients]
      .filter(({ service }) => node.host.service(service.name) !== undefined)
      .map((client) => {
        const group = connections.find((connection) => connection.client === client.id)?.group;
        return {
          id: client.id,
          service: client.service.name,
          pid: client.pid,
          program: machine.processName(client.pid),
          ...(group === undefined ? {} : { group }),
          requests: client.handled,
          events: client.events,
          delayed: client.delayed,
          queued: client.load?.queued ?? 0,
        };
      });
  }

  private totals(): TotalsView {
    const { ring, packing, transport } = this.surroundings.node.ringCounters;
    const sum = (...names: string[]): number => names.reduce((all, name) => all + (transport[name] ?? 0), 0);
    return {
      sent: packing.sent,
      delivered: packing.delivered,
      retransmitted: ring.retransmitted,
      retransmitRequests: ring.retransmitRequests,
      tokens: ring.tokensReceived,
      tokensLost: ring.operationalTokenLost,
      bytesSent: sum('sentBytes'),
      bytesReceived: sum('receivedBytes'),
      sendErrors: sum('sendErrors', 'sendUnreachable', 'sendForbidden', 'sendTooLong'),
      dropped:
        sum('receiveUnlisted', 'receiveNoFrame', 'receiveErrors') + ring.malformed + ring.unknownSender + ring.noFrames,
    };
  }
}

function groupsOf({ processes }: CpgDump): GroupView[] {
  const groups = new Map<string, { name: string; processes: number; nodes: Set<number> }>();
  for (const { group: name, nodeId } of processes) {
    const group = groups.get(name) ?? { name, processes: 0, nodes: new Set<number>() };
    group.processes++;
    group.nodes.add(nodeId);
    groups.set(name, group);
  }
  return [...groups.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ nodes, ...group }) => ({ ...group, nodes: [...nodes].sort((a, b) => a - b) }));
}
