import type { ClientGate } from '../../host/client-hub.js';
import { Bells } from '../../ipc/libqb/bells.js';
import { Connection } from '../../ipc/libqb/connection.js';
import type { ConnectionHost } from '../../ipc/libqb/connection.js';
import { HeaderWord } from '../../ipc/libqb/layout.js';
import { QueueBudget } from '../../ipc/libqb/message-queue.js';
import { BAD_CHUNK, RingReader, RingWriter } from '../../ipc/libqb/ring.js';
import type { RingMemory } from '../../ipc/libqb/ring.js';
import { ShmCarrier } from '../../ipc/libqb/shm-carrier.js';
import type { NativeAddon } from '../../net/native.js';
import { BELL_FIELDS } from '../../net/native-ipc.js';
import type { NativeIpcPoller, SharedMemoryOptions } from '../../net/native-ipc.js';

const MOST_BYTES = 64 * 1024;
/** Made nowhere, and removed without a complaint. */
const DIRECTORY = '/dev/null/rehearsal';
const NOBODY = { pid: 1, uid: 0, gid: 0 };

/** Memory of this process where a file would be mapped. Nothing crosses the end of a ring that is emptied in time. */
class RehearsedMemory {
  readonly buffer: ArrayBuffer;
  readonly place = 0;

  constructor(_path: string, bytes: number, options?: SharedMemoryOptions) {
    this.buffer = new ArrayBuffer(options?.twice === true ? 2 * bytes : Math.ceil(bytes / 4) * 4);
  }

  close(): void {
    // The collector's.
  }

  initSemaphore(): void {
    // It is 0.
  }
}

/** The addon as far as a carrier in shared memory uses it, with memory that nobody shares. */
class RehearsedAddon {
  readonly sharedMemoryFaults = new Int32Array(1);
  readonly made: RehearsedMemory[] = [];
  readonly SharedMemory: new (path: string, bytes: number, options?: SharedMemoryOptions) => RehearsedMemory;

  constructor() {
    const { made } = this;
    this.SharedMemory = class extends RehearsedMemory {
      constructor(path: string, bytes: number, options?: SharedMemoryOptions) {
        super(path, bytes, options);
        made.push(this);
      }
    };
  }

  /** Header and data of a ring, by the order in which a carrier makes them. */
  ring(place: number): RingMemory {
    const data = this.made[2 * place + 1]!.buffer;
    return { header: this.made[2 * place]!.buffer, data, bytes: data.byteLength / 2 };
  }
}

/** A client of a service in this process, behind the code that serves those of other processes. */
export class RehearsedClient {
  private readonly connection: Connection;
  private readonly bells: Bells;
  private readonly requests: RingWriter;
  private readonly posted: Int32Array;
  private readonly responses: RingReader;
  private readonly events: RingReader;

  constructor(gate: ClientGate, service: string) {
    const addon = new RehearsedAddon();
    const bytes = new Uint8Array(MOST_BYTES);
    const host: ConnectionHost = {
      handling: false,
      budget: new QueueBudget(),
      requestsAtOnce: 50,
      queued: () => undefined,
      due: () => undefined,
      drop: () => undefined,
      ended: () => undefined,
    };
    const post = (ring: RingMemory, times: number): void =>
      void Atomics.add(new Int32Array(ring.header, 0, HeaderWord.FLOW_CONTROL), HeaderWord.SEMAPHORE, times);
    const poller = {
      bells: new Int32Array(BELL_FIELDS),
      attach: () => undefined,
      ring: () => {
        post(addon.ring(1), poller.bells[1]!);
        post(addon.ring(2), poller.bells[2]!);
      },
    };
    this.bells = new Bells(poller as unknown as NativeIpcPoller);
    const carrier = new ShmCarrier(addon as unknown as NativeAddon, poller as unknown as NativeIpcPoller, this.bells, {
      service,
      directory: DIRECTORY,
      socket: 1,
      scratch: { bytes, data: new DataView(bytes.buffer) },
      maxMessage: MOST_BYTES,
      ...NOBODY,
    });
    this.connection = new Connection(host, service, 1, NOBODY, 'rehearsal');
    this.connection.attach(gate.open(service, NOBODY, this.connection), carrier);
    this.requests = new RingWriter(addon.ring(0));
    this.posted = new Int32Array(addon.ring(0).header, 0, HeaderWord.FLOW_CONTROL);
    this.responses = new RingReader(addon.ring(1));
    this.events = new RingReader(addon.ring(2));
  }

  /** Makes a request, which is served at once; false if there is no room. */
  request(message: Uint8Array): boolean {
    if (!this.requests.write([message])) return false;
    Atomics.add(this.posted, HeaderWord.SEMAPHORE, 1);
    this.connection.serve();
    return true;
  }

  /** Takes what has come; returns how many events that were. */
  take(): number {
    this.bells.ring();
    drain(this.responses);
    return drain(this.events);
  }

  close(): void {
    this.connection.close();
  }
}

function drain(ring: RingReader): number {
  let count = 0;
  for (; ring.tryWait() && ring.peek(MOST_BYTES) !== BAD_CHUNK; count++) ring.reclaim();
  return count;
}
