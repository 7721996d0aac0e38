import { rmdirSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ClientConnection } from '../../base/client-connection.js';
import { Slab } from '../../base/slab.js';
import { loadNative } from '../../net/native.js';
import { IPC_READY } from '../../net/native-ipc.js';
import { Bell } from './bells.js';
import type { ClientPoller } from './client-poller.js';
import { isHungUp } from './client-poller.js';
import { BROKEN, LibqbWire, NOTHING } from './client-wire.js';
import type { ConnectionResponse } from './handshake.js';
import { FlowControl } from './layout.js';
import { BAD_CHUNK, RingReader, RingWriter } from './ring.js';
import { RingFiles } from './ring-files.js';

/** What the set-up has brought. */
export interface Offered {
  readonly socket: number;
  readonly offer: ConnectionResponse;
  /** 0 if the kernel did not tell. */
  readonly serverPid: number;
}

/** How long after the end it is looked whether the server still lives. */
const SERVER_GONE_MS = 40;

/** The client's side of three rings in shared memory. */
export class ShmWire extends LibqbWire {
  private readonly requests: RingFiles;
  private readonly responses: RingFiles;
  private readonly events: RingFiles;
  private readonly writer: RingWriter;
  private readonly responseReader: RingReader;
  private readonly eventReader: RingReader;
  private readonly bell: Bell;
  private readonly slab = new Slab();
  /** A thread waits for the response. */
  private waiting = false;
  private look: NodeJS.Immediate | undefined;

  /** Throws the system's Error if the rings cannot be opened. */
  constructor(
    connection: ClientConnection,
    private readonly poller: ClientPoller,
    private readonly offered: Offered,
  ) {
    const { offer, socket } = offered;
    super(connection, offer.maxMessage);
    const native = loadNative();
    const opened: RingFiles[] = [];
    const open = (base: string, withFlowControl: boolean): RingFiles => {
      const files = RingFiles.open(native, base, offer.maxMessage, withFlowControl);
      opened.push(files);
      return files;
    };
    try {
      this.requests = open(offer.request, true);
      this.responses = open(offer.response, false);
      this.events = open(offer.event, false);
    } catch (error) {
      for (const files of opened) files.close();
      throw error;
    }
    this.writer = new RingWriter(this.requests);
    this.responseReader = new RingReader(this.responses);
    this.eventReader = new RingReader(this.events);
    this.bell = new Bell(socket);
    poller.watch(socket, (ready) => this.ready(ready));
    poller.native.attach(socket, {
      loud: this.requests.semaphore,
      watched: this.events.semaphore,
      awaited: this.responses.semaphore,
    });
  }

  protected trySend(message: Uint8Array): boolean {
    if (this.requests.flowControl !== FlowControl.OPEN) return false;
    if (!this.writer.write([message])) return false;
    this.poller.bells.loud(this.bell);
    return true;
  }

  /** A quick answer is there on the next turn; for a slow one a thread waits. */
  protected awaitResponse(): void {
    this.look = setImmediate(() => {
      if (this.closed) return;
      if (this.responseReader.tryWait()) {
        this.takeResponse();
        return;
      }
      this.waiting = true;
      this.poller.native.awaitSemaphore(this.offered.socket);
    });
  }

  protected takeEvent(): Uint8Array | typeof NOTHING | typeof BROKEN {
    if (!this.eventReader.tryWait()) return NOTHING;
    return this.take(this.eventReader) ?? BROKEN;
  }

  protected get fault(): string | undefined {
    if (this.writer.broken) return 'its read pointer is outside the ring';
    const cut = this.requests.faulted || this.responses.faulted || this.events.faulted;
    return cut ? 'it made a file of the connection shorter' : undefined;
  }

  protected release(): void {
    clearImmediate(this.look);
    if (this.bell.listed) this.poller.bells.ring();
    this.poller.close(this.offered.socket);
    for (const files of [this.requests, this.responses, this.events]) files.close();
  }

  private ready(ready: number): void {
    if ((ready & IPC_READY.WAITED) !== 0) {
      this.waiting = false;
      this.takeResponse();
    }
    if (this.closed) return;
    if (isHungUp(ready)) {
      if (!this.waiting && this.responseReader.tryWait()) this.takeResponse();
      this.hungUp();
      this.removeWhatIsLeft();
    } else if ((ready & IPC_READY.READABLE) !== 0) {
      this.takeEvents();
    }
  }

  private takeResponse(): void {
    const response = this.take(this.responseReader);
    if (response) this.connection.responded(response);
    else this.broken('it sent a response that is none');
  }

  private take(reader: RingReader): Uint8Array | undefined {
    if (reader.peek(this.most) === BAD_CHUNK) return undefined;
    const { bytes, offset, length } = reader;
    const message = this.slab.copy(bytes, offset, length);
    reader.reclaim();
    return message;
  }

  /** A server that was killed leaves the files of its connections behind; their clients remove them, as libqb's do. */
  private removeWhatIsLeft(): void {
    const { offer, serverPid } = this.offered;
    if (serverPid <= 0) return;
    const look = (): void => {
      if (isAlive(serverPid)) return;
      for (const base of [offer.request, offer.response, offer.event]) {
        for (const kind of ['header', 'data']) attempt(() => unlinkSync(`${base}-${kind}`));
      }
      attempt(() => rmdirSync(dirname(offer.request)));
    };
    setTimeout(look, SERVER_GONE_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Somebody else was faster.
  }
}
