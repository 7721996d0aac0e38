import type { Logger } from '../../base/logger.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler, ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import type { SyncParticipant } from '../../sync/participant.js';
import type { Configuration, MessageReceiver } from '../../totem/ring.js';
import { Refusals, ringHandlers } from '../handlers.js';
import { Outbox } from '../outbox.js';
import { ringMessage, textAt } from '../packet.js';
import { TrackEvent } from './key-trackers.js';
import type { Icmap, KeyMap } from './icmap.js';
import { CmapRequests } from './requests.js';
import { ValueType } from './values.js';

/** What the engine needs from its surroundings. */
export interface CmapDependencies {
  readonly ring: ServiceRing;
  readonly logger: Logger;
  /** The node's map, filled from the configuration; the engine keeps `runtime.members` in it. */
  readonly map: Icmap;
  /** What clients may read as the statistics map. */
  readonly statistics: KeyMap;
  /** A member's addresses as `runtime.members.ID.ip` shows them: `r(0) ip(10.0.0.1) `. */
  addressOf(nodeId: number): string;
  /** Ends the daemon in good order; `reason` says what a person has to do. */
  shutdown(reason: string): void;
}

/** Why a node multicasts keys. */
const SYNCHRONIZATION = 0;
const NEW_CONFIG_VERSION = 1;

const MESSAGE = 48;
const ITEM = 280;
const KEY_ROOM = 256;
const CONFIG_VERSION = 'totem.config_version';

/**
 * The configuration map (service 0): typed keys that clients read, set and follow. On the ring it compares the versions
 * of the nodes' configurations: a node that comes with an old one ends rather than act on it.
 */
export class CmapEngine implements ServiceEngine, SyncParticipant {
  readonly name = 'cmap';
  readonly id = 0;
  readonly priority = 1;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  readonly requests: readonly RequestHandler[];
  readonly sync: SyncParticipant = this;
  readonly map: Icmap;
  private readonly ring: ServiceRing;
  private readonly logger: Logger;
  private readonly dependencies: CmapDependencies;
  private readonly outbox: Outbox;
  private readonly refusals: Refusals;
  private readonly clients: CmapRequests;
  private ownVersion = 0n;
  private highestVersion = 0n;
  private cameAlone = true;
  private firstSync = true;

  constructor(dependencies: CmapDependencies) {
    const { ring, logger, map, statistics } = dependencies;
    this.dependencies = dependencies;
    this.ring = ring;
    this.logger = logger;
    this.map = map;
    this.outbox = new Outbox(ring, false);
    this.refusals = new Refusals(logger);
    this.clients = new CmapRequests(map, statistics, this.refusals);
    this.requests = this.clients.handlers;
    this.messages = ringHandlers(this.refusals, [[MESSAGE, (message, sender) => this.keysReceived(message, sender)]]);
  }

  start(): void {
    const { ADD, DELETE, MODIFY } = TrackEvent;
    this.map.track(CONFIG_VERSION, ADD | DELETE | MODIFY, () => {
      this.ownVersion = this.configVersion();
      this.outbox.send(0, this.versionBody(NEW_CONFIG_VERSION));
    });
  }

  stop(): void {
    this.outbox.close();
  }

  clientConnected(client: Client): void {
    this.clients.connect(client);
  }

  clientDisconnected(client: Client): void {
    this.clients.disconnect(client);
  }

  /** Messages and requests refused as malformed since the start. */
  get refused(): number {
    return this.refusals.count;
  }

  /** Members are marked as left at the transitional configuration, and as joined at the regular one. */
  configurationChanged({ left, joined }: Configuration): void {
    for (const nodeId of left) this.map.setString(`runtime.members.${nodeId}.status`, 'left');
    for (const nodeId of joined) {
      const key = `runtime.members.${nodeId}`;
      const count = this.map.u32(`${key}.join_count`) ?? 0;
      if (count === 0) this.map.setString(`${key}.ip`, this.dependencies.addressOf(nodeId));
      this.map.setNumber(`${key}.join_count`, ValueType.U32, count + 1);
      this.map.setString(`${key}.status`, 'joined');
    }
  }

  syncInit(transitional: readonly number[]): void {
    this.cameAlone = transitional.length === 0;
    this.ownVersion = this.configVersion();
    this.highestVersion = this.ownVersion;
  }

  syncProcess(): boolean {
    return this.ring.multicast(0, [this.versionBody(SYNCHRONIZATION)]);
  }

  /** Only at the first synchronization with others: later on, versions differ while a reload is under way. */
  syncActivate(): void {
    if (this.cameAlone || !this.firstSync) return;
    this.firstSync = false;
    if (this.ownVersion === 0n || this.highestVersion === this.ownVersion) return;
    const reason =
      `another node has totem.config_version ${this.highestVersion}, this one has ${this.ownVersion}: ` +
      'copy the newer configuration file to this node and start it again';
    this.logger.log('error', reason);
    this.dependencies.shutdown(reason);
  }

  syncAbort(): void {
    // What was received stays true; syncInit begins anew.
  }

  dump(): unknown {
    return { keys: this.map.dump(), refused: this.refusals.count };
  }

  private configVersion(): bigint {
    return this.map.u64(CONFIG_VERSION) ?? 0n;
  }

  private versionBody(reason: number): Uint8Array {
    const value = this.map.get(CONFIG_VERSION);
    const length = value?.bytes.length ?? 0;
    const message = ringMessage(MESSAGE + Math.ceil((ITEM + length) / 8) * 8)
      .u8(16, reason)
      .u8(24, 1)
      .u8(MESSAGE, CONFIG_VERSION.length)
      .text(MESSAGE + 8, CONFIG_VERSION, KEY_ROOM)
      .u64(MESSAGE + 272, length);
    if (value) message.u8(MESSAGE + 264, value.type).put(MESSAGE + ITEM, value.bytes);
    return message.body;
  }

  private keysReceived(message: MessageView, sender: number): void {
    const reason = message.u8(16);
    const version = findVersion(message);
    if (reason !== SYNCHRONIZATION && reason !== NEW_CONFIG_VERSION) return;
    if (sender !== this.ring.nodeId && version > this.highestVersion) this.highestVersion = version;
    this.map.setNumber(`runtime.members.${sender}.config_version`, ValueType.U64, version);
  }
}

/** The configuration's version among the items, 0 if it is not there. Every item's bounds are checked. */
function findVersion(message: MessageView): bigint {
  let version = 0n;
  let at = MESSAGE;
  for (let left = message.u8(24); left > 0; left--) {
    const length = message.u64(at + 272);
    if (length > BigInt(message.length)) throw new MalformedMessage(`an item announces ${length} bytes`);
    message.subarray(at, ITEM + Number(length));
    const isVersion = message.u16(at) === CONFIG_VERSION.length && textAt(message, at + 8, KEY_ROOM) === CONFIG_VERSION;
    if (isVersion && message.u8(at + 264) === ValueType.U64) {
      if (length !== 8n) throw new MalformedMessage(`a u64 of ${length} bytes`);
      version = message.u64(at + ITEM);
    }
    at += Math.ceil((ITEM + Number(length)) / 8) * 8;
  }
  return version;
}
