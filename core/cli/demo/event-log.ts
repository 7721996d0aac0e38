/** Something that happened, and the nodes that told of it (none: the person did it). */
export interface DemoEvent {
  /** Since the start of the demonstration. */
  readonly atMs: number;
  readonly nodes: readonly number[];
  readonly text: string;
}

/** Nodes tell of one change within this time of each other. */
const SAME_CHANGE_MS = 3000;
/** Events looked through for the same one of another node. */
const LOOK_BACK = 8;
const KEPT = 200;

/** The last events; what several nodes say alike is one. */
export class EventLog {
  private events: DemoEvent[] = [];

  add(event: DemoEvent): void {
    for (let i = this.events.length - 1; i >= Math.max(0, this.events.length - LOOK_BACK); i--) {
      const known = this.events[i]!;
      if (!tellsTheSame(known, event)) continue;
      this.events[i] = { ...known, nodes: [...known.nodes, ...event.nodes].sort((a, b) => a - b) };
      return;
    }
    this.events.push(event);
    if (this.events.length > KEPT) this.events = this.events.slice(-KEPT);
  }

  /** The last `count`, oldest first. */
  last(count: number): readonly DemoEvent[] {
    return count <= 0 ? [] : this.events.slice(-count);
  }
}

function tellsTheSame(known: DemoEvent, event: DemoEvent): boolean {
  return (
    known.text === event.text &&
    event.nodes.length > 0 &&
    event.atMs - known.atMs < SAME_CHANGE_MS &&
    event.nodes.every((node) => !known.nodes.includes(node))
  );
}
