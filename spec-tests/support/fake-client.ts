import { MessageView } from '../../core/base/message-view.js';
import type { Client, ServiceEngine } from '../../core/host/service-engine.js';

/** A client connected straight to an engine's handlers; keeps every answer and event. */
export class FakeClient implements Client {
  readonly responses: Uint8Array[] = [];
  readonly events: Uint8Array[] = [];
  readonly uid = 0;
  readonly gid = 0;

  constructor(
    private readonly engine: ServiceEngine,
    readonly id: number,
    readonly pid = 1000 + id,
  ) {
    engine.clientConnected?.(this);
  }

  /** Shows the engine a request. */
  request(bytes: Uint8Array): this {
    const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
    this.engine.requests![id]!(this, MessageView.over(bytes));
    return this;
  }

  /** The error of the answer to a request. */
  ask(bytes: Uint8Array): number {
    const before = this.responses.length;
    this.request(bytes);
    if (this.responses.length !== before + 1) throw new Error(`${this.responses.length - before} answers, not one`);
    return MessageView.over(this.responses.at(-1)!).i32(16);
  }

  disconnect(): void {
    this.engine.clientDisconnected?.(this);
  }

  respond(parts: readonly Uint8Array[]): void {
    this.responses.push(new Uint8Array(Buffer.concat(parts)));
  }

  event(parts: readonly Uint8Array[]): void {
    this.events.push(new Uint8Array(Buffer.concat(parts)));
  }
}
