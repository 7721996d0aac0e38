import { RingBench } from '../support/ring-bench.js';
import { decodeFrame, encodeFrame, type Frame, type Mcast, type Token } from '../support/totem-frames.js';
import { datagramsOf, nodeAt } from '../totem-wire/captured.js';

/** A frame of a capture that the replayed node sent or received. */
interface Step {
  /** Seconds from the capture's first frame. */
  readonly time: number;
  readonly from: number;
  readonly sent: boolean;
  readonly bytes: Uint8Array;
  readonly frame: Frame;
}

/** What a node did, one line a frame, without what is a matter of timing. */
export interface Behaviour {
  /** Tokens, commit tokens and messages, in order. */
  readonly ordered: string[];
  /** JOINs, each said several times in a row written once. */
  readonly joins: string[];
}

/** Where a replay begins. */
export interface Beginning {
  /** A ring of these is running already. Without them the node starts with its first JOIN in the capture. */
  readonly members?: readonly number[];
  /** Messages of the running ring that were sent before the capture began, as this node has them. */
  readonly messages?: readonly Uint8Array[];
  /** Everything up to here this node has received before; default: all. */
  readonly aru?: number;
  /** What happened on the running ring before the capture that this node still knows. */
  readonly before?: (bench: RingBench) => void;
  /** The first token was accepted this many seconds before the capture shows it (it is a retransmission). */
  readonly tokenAge?: number;
  /** The node's socket was open this many seconds before its first JOIN: what came meanwhile is read before that. */
  readonly listening?: number;
  /** Frames of these nodes are lost from `after` seconds on: the capture was taken before they are dropped. */
  readonly lost?: { readonly from: readonly number[]; readonly after: number };
}

const NODES = [1, 2, 3];

/** What node `node` sent and received in a capture; of the copies of a udpu multicast it sent, the first. */
function stepsOf(name: string, node: number): Step[] {
  const firstPeer = NODES.find((other) => other !== node)!;
  const datagrams = datagramsOf(name);
  const steps: Step[] = [];
  for (const { time: at, src, dst, payload: bytes } of datagrams) {
    const from = nodeAt(src);
    const to = nodeAt(dst);
    const multicast = Number.isNaN(to);
    const frame = decodeFrame(bytes)!;
    const time = at - datagrams[0]!.time;
    const isToken = frame.type === 'token' || frame.type === 'commit';
    if (from === node) {
      if (isToken || multicast || to === firstPeer) steps.push({ time, from, sent: true, bytes, frame });
    } else if (multicast || to === node) {
      steps.push({ time, from, sent: false, bytes, frame });
    }
  }
  return steps;
}

/** A frame as a line; the target is left out, as Corosync sends what was in memory there. */
function lineOf(frame: Frame): string {
  const body = (frame as unknown as Record<string, Record<string, unknown>>)[frame.type]!;
  const payload = body['payload'] instanceof Uint8Array ? Buffer.from(body['payload']).toString('hex') : undefined;
  return `${frame.type} ${JSON.stringify({ ...body, target: undefined, payload })}`;
}

function behaviourOf(frames: readonly Frame[]): Behaviour {
  const joins: string[] = [];
  const ordered: string[] = [];
  for (const frame of frames) {
    const line = lineOf(frame);
    if (frame.type === 'join') {
      if (joins.at(-1) !== line) joins.push(line);
    } else if (frame.type === 'mcast') {
      ordered.push(line);
    } else if (frame.type === 'token' || frame.type === 'commit') {
      // A token sent again after the retransmit timeout says nothing new, and when that is depends on the machine.
      if (!ordered.includes(line)) ordered.push(line);
    }
  }
  return { ordered, joins };
}

/**
 * Puts our node in the place of `node` of a capture: it is given all that the real node received, at the same times, and
 * the messages the real node's services sent. Returns what the real node sent and what ours sent.
 */
export function replay(
  name: string,
  node: number,
  beginning: Beginning = {},
): { real: Behaviour; ours: Behaviour; bench: RingBench } {
  const { members, listening = 0, lost } = beginning;
  const all = stepsOf(name, node);
  const start = all.find(({ sent }) => sent)!.time - listening;
  const steps = members ? all : all.filter(({ time }) => time >= start);
  const bench = members ? running(steps, node, members, beginning) : starting(steps, node);
  const services = new Services(bench, steps);
  const ours: Frame[] = bench.take();
  if (!members && listening === 0) bench.loop();
  let now = steps[0]!.time;
  for (const [place, { time, from, sent, bytes, frame }] of steps.entries()) {
    if (!sent && lost?.from.includes(from) && time >= lost.after) continue;
    bench.clock.advance((time - now) * 1000);
    now = time;
    if (members) bench.loop();
    if (sent) {
      services.sent(frame);
    } else {
      if (frame.type === 'token') services.tokenComes(frame.token, place);
      bench.receive(bytes);
      bench.loop();
    }
    // What a node sends to itself is on no wire.
    ours.push(...bench.take().filter(({ to }) => to !== node));
  }
  return {
    real: behaviourOf(steps.filter(({ sent }) => sent).map(({ frame }) => frame)),
    ours: behaviourOf(ours),
    bench,
  };
}

/** The services of the real node: what they sent, and when, as far as the capture tells. */
class Services {
  /** Messages of the node that ours has not been given yet. */
  private readonly messages: Mcast[];
  /** How many waited at the last visit: the token's backlog tells (6.1). */
  private waitedBefore = 0;
  private lastTokenSeq = -1;
  private ring = '';

  constructor(
    private readonly bench: RingBench,
    private readonly steps: readonly Step[],
  ) {
    const first = new Map<number, Mcast>();
    for (const { sent, frame } of steps) {
      if (!sent || frame.type !== 'mcast' || frame.mcast.originator !== bench.nodeId) continue;
      // Retransmissions have the counter of the first transmission; copies in recovery are the ring's own doing.
      if (frame.mcast.encapsulated === 2 && !first.has(frame.mcast.counter))
        first.set(frame.mcast.counter, frame.mcast);
    }
    this.messages = [...first.values()];
  }

  /** The token is about to come; from the one the real node made of it follows how many messages waited there. */
  tokenComes(token: Token, place: number): void {
    const ring = JSON.stringify(token.ringId);
    if (ring !== this.ring) {
      this.ring = ring;
      this.waitedBefore = 0;
      this.lastTokenSeq = -1;
    }
    if (token.tokenSeq <= this.lastTokenSeq) return;
    const passed = this.steps
      .slice(place)
      .map(({ sent, frame }) => (sent && frame.type === 'token' ? frame.token : undefined))
      .find((own) => own?.tokenSeq === token.tokenSeq + 1 && JSON.stringify(own.ringId) === ring);
    if (passed === undefined) return;
    this.lastTokenSeq = token.tokenSeq;
    const waiting = (passed.backlog - token.backlog + this.waitedBefore) >>> 0;
    this.waitedBefore = waiting;
    if (this.bench.ring.phase === 'operational') this.queueUpTo(waiting);
  }

  private queueUpTo(waiting: number): void {
    const { bench } = this;
    for (let queued = bench.state.queueInUse.length; queued < waiting; queued++) {
      const next = this.messages.shift();
      // What the capture ends before is not known; nor is it sent before it ends.
      bench.sendBytes(next?.payload ?? new Uint8Array(1));
    }
  }

  /** The real node sent a frame: what its services did to that end ours does too. */
  sent(frame: Frame): void {
    const { bench } = this;
    if (frame.type === 'join' && frame.join.sender === 0) {
      bench.ring.leave();
    } else if (frame.type === 'cancel') {
      bench.ring.wantToken();
      bench.loop();
    } else if (frame.type === 'mcast' && frame.mcast.ringId.representative === bench.nodeId) {
      this.sentAlone(frame.mcast);
    }
  }

  /** While a node is alone its tokens are on no wire: the loop runs until the message is sent. */
  private sentAlone(mcast: Mcast): void {
    const { bench } = this;
    if (mcast.counter !== this.messages[0]?.counter) return;
    for (let i = 0; i < 20 && (bench.ring.phase === 'commit' || bench.ring.phase === 'recovery'); i++) bench.loop();
    if (bench.ring.phase !== 'operational' || bench.ring.members.length !== 1) return;
    this.queueUpTo(bench.state.queueInUse.length + 1);
    bench.loop();
    bench.loop();
  }
}

/** A process that starts: its stored ring sequence is one below that of its first JOIN (4). */
function starting(steps: readonly Step[], node: number): RingBench {
  const join = steps.find(({ sent }) => sent)!.frame;
  if (join.type !== 'join') throw new Error('the node does not start in this capture');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(join.join.ringSeq - 1), true);
  return new RingBench({ nodeId: node, stored: new Map([[`ringid_${node}`, bytes]]) }).start();
}

/** A node on the ring that the capture shows first, in the state that the first token tells of. */
function running(
  steps: readonly Step[],
  node: number,
  members: readonly number[],
  { messages = [], aru, before, tokenAge = 0 }: Beginning,
): RingBench {
  const first = steps.find(({ frame }) => frame.type === 'token')!;
  if (first.frame.type !== 'token') throw new Error('the capture shows no token');
  const { ringId, seq, tokenSeq } = first.frame.token;
  // The ring is formed so that its numbers go on where the capture begins.
  const options = { firstSeq: (aru ?? seq) - messages.length, firstTokenSeq: tokenSeq - 40 };
  const bench = new RingBench({ nodeId: node, ...options }).start();
  bench.gather(members, ringId.seq - 4);
  bench.commit({}, ringId.seq);
  bench.recover();
  bench.install();
  // Later rings start at 0, as everybody's do.
  Object.assign(bench.state, { firstSeq: 0, firstTokenSeq: 0 });
  bench.receive(...messages);
  before?.(bench);
  bench.state.statistics.messagesSent = Math.min(...steps.map(ownCounter(node)));
  bench.take();
  bench.takeEvents();
  bench.transport.toSelf.length = 0;
  if (first.sent) bench.receive(encodeFrame(oneHopBefore(first.frame, members)));
  else if (tokenAge > 0) bench.receive(first.bytes);
  bench.clock.advance(tokenAge * 1000);
  return bench;
}

function ownCounter(node: number): (step: Step) => number {
  return ({ sent, frame }) =>
    sent && frame.type === 'mcast' && frame.mcast.originator === node ? frame.mcast.counter : Infinity;
}

/** The token that a node sent, as it came to it. */
function oneHopBefore(frame: Frame & { type: 'token' }, members: readonly number[]): Frame {
  const { token } = frame;
  const sender = members.at(members.indexOf(token.sender) - 1)!;
  return { ...frame, token: { ...token, sender, tokenSeq: token.tokenSeq - 1 } };
}
