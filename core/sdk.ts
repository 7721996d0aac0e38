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
export type { Plugin, PluginContext, PluginManifest, PluginSettings, QuorumView } from './host/plugin.js';
export { capability, tokens } from './host/tokens.js';
export { FIRST_OWN_SERVICE_ID, SERVICE_ID_LIMIT } from './host/service-engine.js';
export type { Client, RequestHandler, ServiceEngine, ServiceRing } from './host/service-engine.js';
export { PluginError } from './host/errors.js';
export type { PluginErrorCode } from './host/errors.js';
export type { SyncParticipant } from './sync/participant.js';
export { ContainerModule, inject, injectable } from 'inversify';

export type { PluginMachine } from './host/plugin-machine.js';

// Services with replicated state
export { LATER, ReplicatedEngine, speaksFor } from './sdk/engine/replicated-engine.js';
export type { Activation, EngineIdentity, OrderedContext, ReplyTo } from './sdk/engine/replicated-engine.js';
export type { Branch, Participant } from './sdk/engine/state-transfer.js';
export { nodeOfOwner, runOfOwner } from './sdk/engine/owner.js';
export type { OwnerId } from './sdk/engine/owner.js';
export { Expiries } from './sdk/engine/expiries.js';
export { Nothing, local, notice, ordered } from './sdk/protocol.js';
export type { Codec, Notice, Operation, OrderedOptions } from './sdk/protocol.js';

// SA Forum AIS
export { SaError, SaErrorCode } from './sdk/ais/error.js';
export type { SaErrorName, SaErrorNumber } from './sdk/ais/error.js';
export { SA_MAX_NAME_LENGTH, keyBytes, nameBytes, nameKey, nameText } from './sdk/ais/name.js';
export type { SaName } from './sdk/ais/name.js';
export * from './sdk/ais/time.js';
export { A_01_01, B_01_01, SaVersionError, formatVersion, negotiateVersion } from './sdk/ais/version.js';
export type { SaVersion } from './sdk/ais/version.js';
export { HandleDatabase, HandleType, badHandle } from './sdk/ais/handles.js';
export { CallbackQueue, DispatchFlags } from './sdk/ais/dispatch.js';
export type { QueueOptions, SelectionObject } from './sdk/ais/dispatch.js';
export { checkFlags } from './sdk/ais/flags.js';
export { TrackFlags, checkBuffer, fillBuffer, readTrackFlags } from './sdk/ais/track.js';
export type { TrackBuffer, TrackMode, TrackRequest } from './sdk/ais/track.js';
export { AisHandle, AisLibrary } from './sdk/ais/library.js';
export type {
  CallOptions,
  InitializeOptions,
  LibraryBindings,
  LibraryDescription,
  Outcome,
  Session,
} from './sdk/ais/library.js';
export { daemonBindings } from './ipc/library-bindings.js';

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
