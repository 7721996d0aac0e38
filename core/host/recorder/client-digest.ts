import { Output } from './output-digest.js';
import type { OutputDigest } from './output-digest.js';

/** What a client gets, as the first number of a digested output: each kind times 2^24, plus the connection's number. */
const RESPONSE = 1;
const EVENT = 2;
const END = 3;
const LET_IN = 4;
const REFUSED = 5;
const HELD = 6;

/** Digests what the clients of a node see; the recorder and the replay use it alike. */
export class ClientDigest {
  constructor(private readonly digest: OutputDigest) {}

  responded(connection: number, parts: readonly Uint8Array[]): void {
    this.begin(RESPONSE, connection);
    this.digest.parts(Output.CLIENTS, parts);
  }

  event(connection: number, parts: readonly Uint8Array[]): void {
    this.begin(EVENT, connection);
    this.digest.parts(Output.CLIENTS, parts);
  }

  /** The node has ended the connection, with a cs_error_t. */
  ended(connection: number, code: number): void {
    this.begin(END, connection);
    this.digest.number(Output.CLIENTS, code);
  }

  letIn(connection: number): void {
    this.begin(LET_IN, connection);
  }

  refused(connection: number): void {
    this.begin(REFUSED, connection);
  }

  /** A request has to wait. */
  held(connection: number): void {
    this.begin(HELD, connection);
  }

  private begin(what: number, connection: number): void {
    this.digest.begin(Output.CLIENTS, (what << 24) ^ connection);
  }
}
