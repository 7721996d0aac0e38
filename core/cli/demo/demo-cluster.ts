import { setTimeout as sleep } from 'node:timers/promises';
import { DemoNode } from './demo-node.js';
import type { NodeListener } from './demo-node.js';
import type { DemoEvent } from './event-log.js';
import { tellsOfTheCluster } from './log-line.js';
import { OrderCheck } from './order-check.js';
import { NODE_IDS } from './places.js';
import type { Places } from './places.js';

/** How often messages are given to the daemons. */
const TICK_MS = 20;
/** Deliveries waiting to be compared before nothing more is sent. */
const MOST_BACKLOG = 200_000;
/** How long the last messages may take to be everywhere. */
const SETTLE_MS = 5_000;

/** What came out. */
export interface Verdict {
  readonly good: boolean;
  /** One line for the person. */
  readonly text: string;
}

/** The three nodes, what they send, and what is thought of it. */
export class DemoCluster {
  readonly nodes: readonly DemoNode[];
  readonly check = new OrderCheck();
  /** Messages per second and node. */
  rate = 0;
  private readonly startedAt = performance.now();
  private ticker: NodeJS.Timeout | undefined;
  private lastTick = 0;
  private due = 0;

  /** @param tell takes what happens */
  constructor(
    places: Places,
    private readonly tell: (event: DemoEvent) => void,
  ) {
    this.nodes = NODE_IDS.map((id) => new DemoNode(id, places, this.listener));
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  start(): void {
    for (const node of this.nodes) node.start();
    this.lastTick = performance.now();
    this.ticker = setInterval(() => this.tick(), TICK_MS);
  }

  node(id: number): DemoNode {
    return this.nodes[id - 1]!;
  }

  get up(): readonly DemoNode[] {
    return this.nodes.filter((node) => node.life === 'up');
  }

  kill(id: number): void {
    this.say(`node ${id} is killed (SIGKILL): it says nothing to the others`);
    this.node(id).kill();
  }

  leave(id: number): void {
    this.say(`node ${id} is asked to leave (SIGTERM)`);
    this.node(id).leave();
  }

  startAgain(id: number): void {
    this.say(`node ${id} is started again`);
    this.node(id).start();
  }

  /** Whether exactly these nodes are up, on one ring, synchronized, and in the group together. */
  isCluster(ids: readonly number[]): boolean {
    const wanted = ids.join(' ');
    const nodes = ids.map((id) => this.node(id));
    return (
      this.up.map(({ id }) => id).join(' ') === wanted &&
      nodes.every(({ status }) => status?.state === 'operational' && status.members.join(' ') === wanted) &&
      new Set(nodes.map(({ status }) => status!.ringId)).size === 1 &&
      nodes.every(({ id }) => this.check.progress(id)?.epoch.endsWith(`with ${wanted}`))
    );
  }

  /** Ends the sending, waits until what was sent is everywhere, and judges. */
  async judge(): Promise<Verdict> {
    this.rate = 0;
    const ids = this.up.map(({ id }) => id);
    const settled = (): boolean => this.check.isSettled(ids) && this.up.every((node) => node.hasAllOfItsOwn);
    for (const end = performance.now() + SETTLE_MS; !settled() && performance.now() < end;) await sleep(TICK_MS);
    const { faults, compared } = this.check;
    if (faults.length > 0) return { good: false, text: `result: the order is not the same everywhere: ${faults[0]}` };
    if (!settled()) {
      return { good: false, text: `result: not everything that was sent came to every node; ${this.places(ids)}` };
    }
    if (compared === 0) return { good: true, text: 'result: no messages were compared' };
    const digest = ids.length > 0 ? `, digest ${this.check.progress(ids[0]!)?.digest}` : '';
    return { good: true, text: `result: all nodes delivered the same order (${compared} messages${digest})` };
  }

  /** Ends all nodes; resolves when no process is left. */
  async stop(): Promise<void> {
    clearInterval(this.ticker);
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  private places(ids: readonly number[]): string {
    return ids
      .map((id) => {
        const progress = this.check.progress(id);
        const place = progress === undefined ? 'nowhere' : `at message ${progress.position} of ${progress.epoch}`;
        return `node ${id} is ${place}`;
      })
      .join(', ');
  }

  private say(text: string): void {
    this.tell({ atMs: this.elapsedMs, nodes: [], text });
  }

  private tick(): void {
    const now = performance.now();
    // What could not be sent in time is not made up for in one burst.
    this.due = Math.min(this.due + (this.rate * (now - this.lastTick)) / 1000, this.rate / 4 + 1);
    this.lastTick = now;
    const count = Math.floor(this.due);
    if (count === 0 || this.check.backlog > MOST_BACKLOG) return;
    this.due -= count;
    for (const node of this.nodes) node.send(count);
  }

  private readonly listener: NodeListener = {
    changed: (node, key, members) => this.check.begin(node, key, members),
    delivered: (node, delivery) => this.check.deliver(node, delivery),
    logged: (node, line) => {
      if (tellsOfTheCluster(line)) this.tell({ atMs: this.elapsedMs, nodes: [node], text: line.text });
    },
    ended: (node, byItself) => {
      this.check.gone(node);
      if (byItself === undefined) return;
      for (const line of `node ${node} has ended by itself: ${byItself}`.split('\n')) this.say(line);
    },
  };
}
