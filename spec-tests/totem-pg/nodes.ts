import { expect } from 'chai';
import { silentLogger } from '../../core/base/logger.js';
import type { Logger } from '../../core/base/logger.js';
import { formatRingId } from '../../core/totem/ring.js';
import type { Group } from '../../core/totem/ring.js';
import { Packing } from '../../core/totem/pg/packing.js';
import { CorosyncModel } from './corosync-model.js';
import { FakePort, FakeRings } from './fake-ring.js';
import type { FakePortOptions } from './fake-ring.js';

export interface Received {
  readonly sender: number;
  readonly body: Uint8Array;
}

/** What a node delivered between one regular configuration and the next. */
export interface Stay {
  readonly ring: string;
  readonly messages: Received[];
}

/** A node with the packing layer under test and, beside it, a model of Corosync's receiver that sees the same frames. */
export class TestNode {
  readonly received: Received[] = [];
  /** Where it received them. */
  readonly stays: Stay[] = [];
  readonly packing: Packing;
  readonly model: CorosyncModel;
  readonly group: Group;

  /** `onMessage` sees each message too. The node is not started: more groups may be joined. */
  constructor(
    readonly port: FakePort,
    logger: Logger,
    onMessage?: (node: TestNode, received: Received) => void,
  ) {
    const { littleEndian } = port;
    this.packing = new Packing(port, { logger, littleEndian });
    this.model = new CorosyncModel(port.frames);
    port.observers.push(this.model);
    this.group = this.packing.join('a', (message, sender) => {
      const received = { sender, body: message.copy(0, message.length) };
      this.received.push(received);
      this.stays.at(-1)?.messages.push(received);
      onMessage?.(this, received);
    });
    this.packing.onConfiguration(({ kind, ringId }) => {
      if (kind === 'regular') this.stays.push({ ring: formatRingId(ringId), messages: [] });
    });
  }

  send(body: Uint8Array, guarantee: 0 | 1 = 0): boolean {
    return this.group.multicast([body], guarantee);
  }
}

export interface TestRings {
  readonly rings: FakeRings;
  readonly nodes: readonly TestNode[];
}

/** `count` nodes, ids from 1; each `options` overrides the defaults of the node in its place. */
export function testRings(
  count: number,
  options: readonly FakePortOptions[] = [],
  logger: Logger = silentLogger,
): TestRings {
  const ports = Array.from({ length: count }, (_, i) => new FakePort(i + 1, options[i] ?? {}));
  const nodes = ports.map((port) => new TestNode(port, logger));
  for (const { packing } of nodes) packing.start();
  return { rings: new FakeRings(ports), nodes };
}

const PATTERN_BYTES = 1_200_000;
const pattern = Uint8Array.from({ length: PATTERN_BYTES + 256 }, (_, i) => (i * 7 + (i >> 8)) & 255);

/** A body of `length` bytes (at least 8) that says who sent it and which of its messages it is, and can be checked. */
export function body(sender: number, index: number, length: number): Uint8Array {
  const bytes = pattern.slice(index & 255, (index & 255) + Math.max(8, length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sender);
  view.setUint32(4, index);
  return bytes;
}

/** The index that the sender gave this body; throws if a byte of it is wrong. */
export function indexOf({ sender, body: bytes }: Received): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const index = view.getUint32(4);
  const expected = body(sender, index, bytes.length);
  if (view.getUint32(0) !== sender || Buffer.compare(bytes, expected) !== 0) {
    throw new Error(`message ${index} of node ${sender} (${bytes.length} bytes) is damaged`);
  }
  return index;
}

/** What the model handed up for group `a`, without the prefix. */
export function modelMessages(node: TestNode): Received[] {
  const ofGroup = node.model.messages.filter(({ bytes }) => bytes.length >= 5 && bytes[4] === 97);
  return ofGroup.map(({ sender, bytes }) => ({ sender, body: bytes.subarray(5) }));
}

/**
 * Failure atomicity (evs.md 4), also among nodes that met in the middle of a message: who was in a ring and goes to the
 * same next one, or to none, delivered the same messages there in one order. And each of them would have delivered the
 * same as a Corosync node.
 */
export function expectAgreement(nodes: readonly TestNode[]): void {
  const name = (message: Received): string => `${message.sender}:${indexOf(message)}`;
  nodes.forEach((node, i) => {
    expect(modelMessages(node).map(name), `as a Corosync node, node ${node.port.nodeId}`).to.deep.equal(
      node.received.map(name),
    );
    for (const other of nodes.slice(i + 1)) {
      node.stays.forEach(({ ring, messages }, at) => {
        const there = other.stays.findIndex((stay) => stay.ring === ring);
        if (there < 0 || other.stays[there + 1]?.ring !== node.stays[at + 1]?.ring) return;
        expect(
          other.stays[there]!.messages.map(name),
          `nodes ${node.port.nodeId} and ${other.port.nodeId} in ${ring}`,
        ).to.deep.equal(messages.map(name));
      });
    }
  });
}
