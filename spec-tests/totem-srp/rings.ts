import { FrameType } from '../../core/totem/wire/header.js';
import { BenchClock, RingBench, type BenchOptions } from '../support/ring-bench.js';
import type { Random } from './random.js';

/** Virtual time of one hop over the network, in milliseconds. */
const HOP_MS = 0.05;
const IDLE_STEP_MS = 0.5;

/** What was delivered in one configuration, and in the transitional one after it, by a node that went on to `next`. */
interface Span {
  readonly node: number;
  /** Ring id of the regular configuration, and of the next one; undefined if the node's life ended in it. */
  readonly ring: string;
  readonly members: readonly number[];
  next: string | undefined;
  /** Messages before and after the transitional configuration. */
  readonly regular: string[];
  readonly transitional: string[];
  /** The node was stopped, or the run ended, here. */
  readonly life: number;
}

/** Rings of several nodes on one virtual network that loses what it is told to. */
export class Rings {
  readonly clock = new BenchClock();
  readonly nodes = new Map<number, RingBench>();
  /** Everything each node's services saw, over all its lives. */
  readonly events = new Map<number, string[]>();
  /** What each running node has sent since it started. */
  readonly sent = new Map<number, string[]>();
  /** Whether a frame is lost on its way. */
  lost: (from: number, to: number, type: number) => boolean = () => false;
  private readonly stored = new Map<number, Map<string, Uint8Array>>();
  private count = 0;

  constructor(
    readonly ids: readonly number[],
    private readonly options: BenchOptions = {},
  ) {
    for (const id of ids) this.start(id);
  }

  /** Starts a node; one that was killed starts anew with what it had stored. */
  start(id: number): void {
    const stored = this.stored.get(id) ?? new Map<string, Uint8Array>();
    this.stored.set(id, stored);
    const bench = new RingBench({
      slots: 4096,
      ...this.options,
      nodeId: id,
      nodes: this.ids,
      clock: this.clock,
      stored,
    });
    this.nodes.set(id, bench);
    const events = [...(this.events.get(id) ?? []), 'start'];
    this.events.set(id, events);
    this.sent.set(id, []);
    bench.onEvent = (event) => {
      events.push(event);
      if (event.startsWith('regular')) synchronize(bench);
    };
    bench.start();
  }

  kill(id: number): void {
    const bench = this.nodes.get(id)!;
    bench.transport.sent.length = 0;
    bench.ring.leave();
    // A killed process says nothing: not even its leave message.
    bench.transport.sent.length = 0;
    this.nodes.delete(id);
  }

  leave(id: number): void {
    this.nodes.get(id)!.ring.leave();
    this.carry();
    this.nodes.delete(id);
  }

  /** Splits the network in groups that do not hear each other; one group heals it. */
  split(...groups: readonly (readonly number[])[]): void {
    const group = (id: number): number => groups.findIndex((ids) => ids.includes(id));
    this.lost = (from, to) => group(from) !== group(to);
  }

  /** Sends a message; the text of a safe one begins with s. */
  send(id: number, guarantee: 0 | 1 = 0): string {
    const message = `${guarantee === 1 ? 's' : ''}${id}.${this.count++}`;
    this.nodes.get(id)!.send(message, guarantee);
    this.sent.get(id)!.push(message);
    return message;
  }

  run(milliseconds: number): void {
    const end = this.clock.now() + milliseconds;
    while (this.clock.now() < end) {
      const carried = this.carry();
      this.clock.advance(carried > 0 ? HOP_MS : IDLE_STEP_MS);
    }
  }

  /** Runs until all running nodes are on one operational ring of `members`; throws after `limitMs`. */
  until(members: readonly number[], limitMs: number): number {
    const start = this.clock.now();
    while (!this.formed(members)) {
      if (this.clock.now() - start > limitMs) {
        const states = [...this.nodes].map(([id, { ring }]) => `${id}: ${ring.phase} of ${ring.members.join()}`);
        throw new Error(`no ring of ${members.join()} after ${limitMs} ms; ${states.join('; ')}`);
      }
      this.run(1);
    }
    return this.clock.now() - start;
  }

  formed(members: readonly number[]): boolean {
    const benches = members.map((id) => this.nodes.get(id));
    return benches.every(
      (bench) =>
        bench?.ring.phase === 'operational' &&
        bench.ring.members.join() === members.join() &&
        bench.ring.ringId.seq === benches[0]!.ring.ringId.seq,
    );
  }

  /** Delivers what was sent until now; returns how many frames that were. */
  private carry(): number {
    let carried = 0;
    const inboxes = new Map<number, Uint8Array[]>();
    for (const [id, { transport }] of this.nodes) {
      for (const { to, bytes } of transport.sent.splice(0)) {
        for (const target of to === 'all' ? this.ids : [to]) {
          if (target === id || this.lost(id, target, bytes[3]!)) continue;
          inboxes.set(target, [...(inboxes.get(target) ?? []), bytes]);
          carried++;
        }
      }
      const own = transport.toSelf.splice(0);
      carried += own.length;
      inboxes.set(id, [...own, ...(inboxes.get(id) ?? [])]);
    }
    for (const [id, frames] of inboxes) {
      for (let i = 0; i < frames.length; i += 200) this.nodes.get(id)?.receive(...frames.slice(i, i + 200));
    }
    return carried;
  }

  /** What the deliveries of all nodes violate of extended virtual synchrony (evs.md); empty if nothing. */
  violations(): string[] {
    const spans = [...this.events].flatMap(([id, events]) => spansOf(id, events));
    return [
      ...this.selfDeliveryViolations(),
      ...duplicates(this.events),
      ...agreementViolations(spans),
      ...safetyViolations(spans),
      ...orderViolations(spans),
    ];
  }

  /** 3: a node that lives delivers what it sent. To be asked when all has settled. */
  private selfDeliveryViolations(): string[] {
    const found: string[] = [];
    for (const [id, sent] of this.sent) {
      if (!this.nodes.has(id)) continue;
      const events = this.events.get(id)!;
      const prefix = `deliver ${id} `;
      const own = new Set(events.slice(events.lastIndexOf('start')).filter((event) => event.startsWith(prefix)));
      const missing = sent.filter((message) => !own.has(prefix + message));
      if (missing.length > 0) found.push(`3: node ${id} did not deliver its own ${missing.join()}`);
    }
    return found;
  }
}

/** Stands for the synchronization of services: over after some visits of the token. */
function synchronize(bench: RingBench): void {
  let visits = 0;
  bench.ring.afterToken(() => {
    if (++visits < 3) return true;
    bench.ring.synchronized();
    return false;
  });
}

/** The configurations a node went through, in order, with what it delivered in each. */
function spansOf(node: number, events: readonly string[]): Span[] {
  const spans: Span[] = [];
  let current: Span | undefined;
  let transitional = false;
  let life = 0;
  for (const event of events) {
    const [kind, first, second] = event.split(' ') as [string, string, string];
    if (kind === 'start') {
      current = undefined;
      life++;
    } else if (kind === 'transitional') {
      transitional = true;
    } else if (kind === 'regular') {
      if (current) current.next = first;
      const members = (JSON.parse(second) as number[]).slice();
      current = { node, ring: first, members, next: undefined, regular: [], transitional: [], life };
      spans.push(current);
      transitional = false;
    } else if (kind === 'deliver') {
      (transitional ? current?.transitional : current?.regular)?.push(second);
    }
  }
  return spans;
}

function duplicates(events: ReadonlyMap<number, readonly string[]>): string[] {
  return [...events].flatMap(([id, all]) => {
    const messages = all.filter((event) => event.startsWith('deliver'));
    return new Set(messages).size < messages.length ? [`1.4: node ${id} delivered a message twice`] : [];
  });
}

/** 4: who goes from one configuration to the same next one has delivered the same, in the same order. */
function agreementViolations(spans: readonly Span[]): string[] {
  const found: string[] = [];
  const first = new Map<string, Span>();
  for (const span of spans) {
    if (span.next === undefined) continue;
    const key = `${span.ring} and ${span.next}`;
    const other = first.get(key) ?? span;
    first.set(key, other);
    const messages = [span, other].map(({ regular, transitional }) => [...regular, ...transitional].join());
    if (messages[0] !== messages[1]) {
      found.push(`4: nodes ${span.node} and ${other.node} differ between ${key}:\n  ${messages[0]}\n  ${messages[1]}`);
    }
  }
  return found;
}

/** 7.1: a safe message delivered in a regular configuration is delivered by each of its members that does not fail in it. */
function safetyViolations(spans: readonly Span[]): string[] {
  const found: string[] = [];
  for (const { node, ring, members, regular } of spans) {
    const safe = regular.filter((message) => message.startsWith('s'));
    for (const other of spans) {
      if (other.ring !== ring || other.next === undefined || !members.includes(other.node)) continue;
      const there = new Set([...other.regular, ...other.transitional]);
      const missing = safe.filter((message) => !there.has(message));
      if (missing.length > 0)
        found.push(`7.1: ${ring}: node ${node} delivered ${missing.join()}, node ${other.node} did not`);
    }
  }
  return found;
}

/** 6.2: two nodes deliver the messages both have in the same order. */
function orderViolations(spans: readonly Span[]): string[] {
  const found: string[] = [];
  const byNode = new Map<number, string[]>();
  for (const { node, regular, transitional } of spans) {
    byNode.set(node, [...(byNode.get(node) ?? []), ...regular, ...transitional]);
  }
  for (const [a, messages] of byNode) {
    for (const [b, others] of byNode) {
      if (a >= b) continue;
      const place = new Map(others.map((message, i) => [message, i]));
      const places = messages.flatMap((message) => place.get(message) ?? []);
      const wrong = places.findIndex((at, i) => i > 0 && at < places[i - 1]!);
      if (wrong >= 0) found.push(`6.2: nodes ${a} and ${b} order ${others[places[wrong]!]} differently`);
    }
  }
  return found;
}

/** A network that loses a share of all frames between nodes. */
export function losing(random: Random, share: number): Rings['lost'] {
  return () => random.chance(share);
}

/** The same, of messages only: tokens and what forms rings arrive. */
export function losingMessages(random: Random, share: number): Rings['lost'] {
  return (_from, _to, type) => type === FrameType.MCAST && random.chance(share);
}
