import { ContainerModule } from 'inversify';
import { Packing } from '../totem/pg/packing.js';
import { DEFAULT_RING_PARAMETERS } from '../totem/srp/parameters.js';
import { SingleRing } from '../totem/srp/single-ring.js';
import { ClientHub } from './client-hub.js';
import { DEFAULT_NETMTU } from './node-options.js';
import { PluginHost } from './plugin-host.js';
import { Router } from './router.js';
import { nodeTokens as node } from './tokens.js';

/** The rooms of one node, lowest first; every line names what it is built from. */
export const nodeModule = new ContainerModule(({ bind }) => {
  bind(node.Ring)
    .toResolvedValue(
      (options, transport, clock, entropy, store, loggerOf, fatal) =>
        new SingleRing({
          nodeId: options.nodeId,
          transport,
          clock,
          entropy,
          store,
          logger: loggerOf('TOTEM'),
          parameters: options.parameters ?? DEFAULT_RING_PARAMETERS,
          netmtu: options.netmtu ?? DEFAULT_NETMTU,
          nodes: options.peers.map((peer) => peer.nodeId),
          fatal,
          littleEndian: options.littleEndian ?? true,
          ...(options.firstSeq === undefined ? {} : { firstSeq: options.firstSeq }),
          ...(options.firstTokenSeq === undefined ? {} : { firstTokenSeq: options.firstTokenSeq }),
        }),
      [node.NodeOptions, node.Transport, node.Clock, node.Entropy, node.Store, node.LoggerOf, node.Fatal],
    )
    .inSingletonScope();
  bind(node.Packing)
    .toResolvedValue(
      (ring, loggerOf, options) =>
        new Packing(ring, { logger: loggerOf('TOTEM'), littleEndian: options.littleEndian ?? true }),
      [node.Ring, node.LoggerOf, node.NodeOptions],
    )
    .inSingletonScope();
  bind(node.Totem).toService(node.Packing);
  bind(node.Router)
    .toResolvedValue(
      (totem, clock, loggerOf, options) => new Router(totem, clock, loggerOf('SERV'), options.littleEndian ?? true),
      [node.Totem, node.Clock, node.LoggerOf, node.NodeOptions],
    )
    .inSingletonScope();
  bind(node.ClientHub)
    .toResolvedValue((router) => new ClientHub(router), [node.Router])
    .inSingletonScope();
  bind(node.PluginHost)
    .toResolvedValue(
      (container, router, hub, loggerOf, listener) =>
        new PluginHost(container, router, hub, loggerOf('SERV'), listener),
      [node.Container, node.Router, node.ClientHub, node.LoggerOf, node.PluginHostListener],
    )
    .inSingletonScope();
});
