/**
 * The SDK: everything that a plugin, or a program that embeds or talks to a node, imports. `import ... from 'chorale/sdk'`.
 *
 * - Plugins: `definePlugin`, `tokens`, `capability`, the engine's contracts, messages and errors.
 * - Clients: `connect`, `ServiceConnection`, the headers of requests and responses.
 * - Embedding and tests: `ChoraleNode`.
 *
 * What is exported here changes incompatibly only with the major number of `SDK_VERSION`.
 *
 * @packageDocumentation
 */

// Plugins
export { SDK_VERSION, definePlugin } from './host/plugin.js';
export type { Plugin, PluginContext, PluginManifest, PluginSettings } from './host/plugin.js';
export { capability, tokens } from './host/tokens.js';
export { FIRST_OWN_SERVICE_ID, SERVICE_ID_LIMIT } from './host/service-engine.js';
export type { Client, RequestHandler, ServiceEngine, ServiceRing } from './host/service-engine.js';
export { PluginError } from './host/errors.js';
export type { PluginErrorCode } from './host/errors.js';
export type { SyncParticipant } from './sync/participant.js';
export { ContainerModule, inject, injectable } from 'inversify';

// The ring
export { Guarantee, formatRingId, sameRing } from './totem/ring.js';
export type { Configuration, MessageReceiver, RingId } from './totem/ring.js';
export { MalformedMessage, MessageView } from './base/message-view.js';

// What an engine is given
export type { Clock, Timer } from './base/clock.js';
export type { Entropy } from './base/entropy.js';
export { silentLogger } from './base/logger.js';
export type { Logger, LoggerOf, Severity } from './base/logger.js';
export type { Store } from './base/store.js';

// Clients
export { CsError, CsErrorCode } from './base/errors.js';
export type { ServiceConnection } from './base/service-connection.js';
export {
  REQUEST_HEADER_BYTES,
  RESPONSE_HEADER_BYTES,
  messageId,
  requestMessage,
  responseBody,
  responseMessage,
} from './base/client-message.js';
export { connect } from './ipc/client.js';
export type { ConnectOptions } from './ipc/client.js';
export { socketPath } from './ipc/socket-path.js';
export { ControlClient } from './ipc/control-client.js';

// Embedding a node
export { ChoraleNode } from './host/node.js';
export type { NodeBindings } from './host/node.js';
export type { NodeOptions } from './host/node-options.js';
export type { NodeRates, NodeState, NodeStatus } from './host/node-status.js';
export type { PluginStatus } from './host/plugin-host.js';
export type { LoadRequest } from './host/plugin-instance.js';
export { StartError } from './host/errors.js';
