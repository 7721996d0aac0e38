import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler, ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import type { MessageReceiver } from '../../totem/ring.js';
import type { Icmap } from '../cmap/icmap.js';
import { ValueType } from '../cmap/values.js';
import { Refusals, ringHandlers } from '../handlers.js';
import { Outbox } from '../outbox.js';
import { response, textAt } from '../packet.js';
import type { CfgEffects, CfgNetwork } from './effects.js';
import { REASON_ROOM, Size } from './layouts.js';
import { CfgRequests, FLOW_CONTROLLED, ResponseId } from './requests.js';

/** What the engine needs from its surroundings. */
export interface CfgDependencies {
  readonly ring: ServiceRing;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Tells who is a member, and shows a reload's progress. */
  readonly map: Icmap;
  readonly network: CfgNetwork;
  readonly effects: CfgEffects;
}

/** The exit code of a node that another has killed. */
export const KILLED = 255;

/** The configuration service (1): kill, shutdown and reload across the cluster, and what tools ask about nodes and links. */
export class CfgEngine implements ServiceEngine {
  readonly name = 'cfg';
  readonly id = 1;
  readonly priority = 1;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  readonly requests: readonly RequestHandler[];
  readonly flowControlled: ReadonlySet<number> = FLOW_CONTROLLED;
  private readonly dependencies: CfgDependencies;
  private readonly refusals: Refusals;
  private readonly outbox: Outbox;
  private readonly clients: CfgRequests;
  /** Clients of this node whose reload is on its way, by connection. */
  private readonly reloading = new Map<number, Client>();
  /** Reloads that were ordered while one was under way: the connection of its asker, or undefined for another node's. */
  private readonly reloads: ((error: number) => void)[] = [];
  private reloadRunning = false;

  constructor(dependencies: CfgDependencies) {
    this.dependencies = dependencies;
    this.refusals = new Refusals(dependencies.logger);
    this.outbox = new Outbox(dependencies.ring, true);
    this.clients = new CfgRequests(dependencies, this.outbox, this.refusals, (client) => {
      this.reloading.set(client.id, client);
    });
    this.requests = this.clients.handlers;
    const ignored: MessageReceiver = () => undefined;
    this.messages = ringHandlers(this.refusals, [
      // Re-enabling a ring has had no meaning since redundant rings went into the transport; changing keys is knet's.
      [Size.SOURCE, ignored],
      [Size.KILL_NODE, (message, sender) => this.killed(message, sender)],
      [Size.SHUTDOWN, (_message, sender) => this.shutDown(sender)],
      [Size.SOURCE, (message, sender) => this.reloadOrdered(message, sender)],
      [Size.CRYPTO_RECONFIGURE, ignored],
    ]);
  }

  stop(): void {
    this.clients.stop();
    this.outbox.close();
  }

  clientDisconnected(client: Client): void {
    this.reloading.delete(client.id);
    this.clients.disconnect(client);
  }

  /** Messages and requests refused as malformed since the start. */
  get refused(): number {
    return this.refusals.count;
  }

  dump(): unknown {
    return { reloading: this.reloadRunning, trackers: this.clients.trackers, refused: this.refusals.count };
  }

  private killed(message: MessageView, sender: number): void {
    const { ring, logger, effects } = this.dependencies;
    const nodeId = message.u32(16);
    const reason = textAt(message, 32, Math.min(message.u16(24), REASON_ROOM));
    if (nodeId !== ring.nodeId) return;
    const text = `Killed by node ${sender} : ${reason}`;
    logger.log('notice', text);
    effects.shutdown(KILLED, text);
  }

  private shutDown(sender: number): void {
    const { ring, logger, effects } = this.dependencies;
    const text = `Node ${sender} was shut down by sysadmin`;
    logger.log('notice', text);
    if (sender === ring.nodeId) effects.shutdown(0, text);
  }

  private reloadOrdered(message: MessageView, sender: number): void {
    const { ring, logger } = this.dependencies;
    const connection = Number(message.u64(24));
    logger.log('notice', `Config reload requested by node ${sender}`);
    this.reloadHere((error) => {
      if (sender === ring.nodeId) this.answerReload(connection, error);
    });
  }

  /** Reloads on this node alone: a signal asked for it. `done` gets a cs_error_t. */
  reloadHere(done: (error: number) => void): void {
    this.reloads.push(done);
    if (!this.reloadRunning) this.reload();
  }

  private reload(): void {
    const { map, effects } = this.dependencies;
    this.reloadRunning = true;
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 1);
    effects.reload({
      parsed: () => map.setNumber('config.reload_in_progress', ValueType.U8, 1),
      finished: (error) => this.reloaded(error),
    });
  }

  private reloaded(error: number): void {
    if (!this.reloadRunning) return;
    const { map } = this.dependencies;
    map.setNumber('config.reload_status', ValueType.I32, error);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 0);
    map.setNumber('config.reload_in_progress', ValueType.U8, 0);
    this.reloads.shift()?.(error);
    this.reloadRunning = false;
    if (this.reloads.length > 0) this.reload();
  }

  private answerReload(connection: number, error: number): void {
    const client = this.reloading.get(connection);
    if (!client) return;
    this.reloading.delete(client.id);
    client.respond([response(ResponseId.RELOAD, error).bytes]);
  }
}
