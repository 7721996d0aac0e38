import { readdirSync } from 'node:fs';
import { responseMessage } from '../../../core/base/client-message.js';
import type { MessageView } from '../../../core/base/message-view.js';
import { ClientHub } from '../../../core/host/client-hub.js';
import type { ClientService, RingRoom } from '../../../core/host/client-hub.js';
import type { Client } from '../../../core/host/service-engine.js';
import { LibqbServer } from '../../../core/ipc/libqb/server.js';
import type { LibqbServerOptions } from '../../../core/ipc/libqb/server.js';

export const Request = { ECHO: 0, EVENTS: 1, MULTICAST: 2, READ_ONCE: 3 } as const;

/** Echoes, sends as many events as it is asked for, and takes multicasts that wait for the ring. */
export class TestService implements ClientService {
  readonly alwaysOpen = false;
  readonly clients: Client[] = [];
  readonly multicasts: number[] = [];
  connected = 0;
  disconnected = 0;
  /** Runs before a request is looked at. */
  beforeRequest: (() => void) | undefined;
  /** Ids and contents of requests as their handler saw them, if there is a `beforeRequest`. */
  readonly seen: [number, number][] = [];

  constructor(readonly name: string) {}

  isFlowControlled(id: number): boolean {
    return id === Request.MULTICAST || id === Request.READ_ONCE;
  }

  isUnanswered(id: number): boolean {
    return id === Request.MULTICAST || id === Request.READ_ONCE;
  }

  isKept(id: number): boolean {
    return id === Request.MULTICAST || id === Request.READ_ONCE;
  }

  readsOnce(id: number): boolean {
    return id === Request.READ_ONCE;
  }

  clientConnected(client: Client): void {
    this.connected++;
    this.clients.push(client);
  }

  clientDisconnected(client: Client): void {
    this.disconnected++;
    this.clients.splice(this.clients.indexOf(client), 1);
  }

  request(id: number, client: Client, request: MessageView): void {
    if (this.beforeRequest) {
      this.beforeRequest();
      this.seen.push([id, request.u32(16)]);
    }
    if (id === Request.ECHO) client.respond([responseMessage(0, request.copy(16, request.length - 16))]);
    else if (id === Request.EVENTS) this.events(client, request.u32(16), request.u32(20));
    else this.multicasts.push(request.u32(16));
  }

  /** Events of `length` bytes of body that count from 0. */
  private events(client: Client, count: number, length: number): void {
    const event = responseMessage(9, new Uint8Array(length));
    for (let i = 0; i < count; i++) {
      new DataView(event.buffer).setUint32(24, i, true);
      client.event([event]);
    }
    client.respond([responseMessage(1)]);
  }
}

/** A ring that a test fills and empties. */
export class TestRing implements RingRoom {
  synchronizing = false;
  room = true;
  used = 0;
  private waiting: (() => void)[] = [];

  canMulticast(): boolean {
    return this.room;
  }

  whenRoom(listener: () => void): void {
    this.waiting.push(listener);
  }

  /** A request waits for the token. */
  get waits(): boolean {
    return this.waiting.length > 0;
  }

  token(): void {
    for (const listener of this.waiting.splice(0)) listener();
  }
}

/** A server with services of its own, under names that nobody else has. */
export class Fixture {
  readonly ring = new TestRing();
  readonly hub = new ClientHub(this.ring);
  readonly services = ['cpg', 'votequorum'].map((name) => new TestService(name));
  readonly log: string[] = [];
  readonly server: LibqbServer;
  private readonly prefix = `@chorale-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(options: Partial<LibqbServerOptions> = {}) {
    for (const service of this.services) this.hub.register(service);
    this.hub.ready = true;
    this.server = new LibqbServer({
      gate: this.hub,
      log: { enabled: () => true, log: (severity, text) => void this.log.push(`${severity} ${text}`) },
      nameOf: (service) => this.name(service),
      rules: { u8: () => undefined, ownUid: process.getuid!() },
      isReady: () => this.hub.ready,
      queueUsed: () => this.ring.used,
      ...options,
    });
    try {
      this.server.offer(this.services.map((service) => service.name));
    } catch (error) {
      this.server.close();
      throw error;
    }
  }

  get cpg(): TestService {
    return this.services[0]!;
  }

  name(service = 'cpg'): string {
    return `${this.prefix}.${service}`;
  }
}

/** Directories of this process's connections. */
export function directories(): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith(`qb-${process.pid}-`));
}

export function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

export function u32s(...numbers: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}

export function u32(message: Uint8Array, at: number): number {
  return new DataView(message.buffer, message.byteOffset).getUint32(at, true);
}
