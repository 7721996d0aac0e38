import { expect } from 'chai';
import type { ServiceEngine } from '../../core/host/service-engine.js';
import { FakeClient } from '../support/fake-client.js';
import type { LoggedMessage } from '../support/ipc-log.js';
import type { FakeCluster } from '../support/ring-fake.js';

/** [offset, length] of what a message means; the rest is padding, in which real messages carry garbage. */
export type Field = readonly [number, number];

/** Id, size and error. */
export const HEADER: readonly Field[] = [
  [0, 4],
  [8, 4],
  [16, 4],
];

/** Replays a log on one client: requests are made, and every answer and event must be the logged one, in its order. */
export class Replay {
  readonly client: FakeClient;
  compared = 0;
  /** Called with every answer and the logged one. */
  answered: ((message: LoggedMessage, actual: Uint8Array) => void) | undefined;

  constructor(
    engine: ServiceEngine,
    private readonly cluster: FakeCluster,
    private readonly fieldsOf: (message: LoggedMessage) => readonly Field[],
    private readonly patch: (message: LoggedMessage, bytes: Uint8Array) => void = () => undefined,
  ) {
    this.client = new FakeClient(engine, 1);
  }

  run(log: readonly LoggedMessage[]): void {
    for (const message of log) this.step(message);
  }

  step(message: LoggedMessage): void {
    const { client } = this;
    if (message.kind === 'request') {
      const bytes = new Uint8Array(message.length);
      bytes.set(message.bytes);
      this.patch(message, bytes);
      client.request(bytes);
      this.cluster.settle();
      return;
    }
    const what = `${message.kind} ${message.id} (comparison ${++this.compared})`;
    const actual = (message.kind === 'response' ? client.responses : client.events).shift();
    if (!actual) throw new Error(`there is no ${what}`);
    expect(actual.length, `length of ${what}`).to.equal(message.length);
    const shown = (bytes: Uint8Array): string[] =>
      this.fieldsOf(message).map(
        ([at, length]) => `${at}: ${Buffer.from(bytes.subarray(at, at + length)).toString('hex')}`,
      );
    // The log has the first bytes only of what is long.
    expect(shown(actual.subarray(0, message.bytes.length)), what).to.deep.equal(shown(message.bytes));
    if (message.kind === 'response') this.answered?.(message, actual);
  }

  /** Nothing was said that the log does not have. */
  end(): void {
    expect(this.client.responses).to.deep.equal([]);
    expect(this.client.events).to.deep.equal([]);
  }
}
