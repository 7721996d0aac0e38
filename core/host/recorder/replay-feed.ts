import { Tag } from './format.js';
import type { OutputKind } from './format.js';
import { OutputDigest } from './output-digest.js';
import type { Recording } from './recording.js';
import { RecordCursor } from './record-cursor.js';

/** Where a replay first went another way than the recording. */
export interface Difference {
  /** Microseconds after the beginning of the recording. */
  readonly timeUs: number;
  /** `inputs`: the node asked for something else than it did then. */
  readonly kind: OutputKind | 'inputs';
  readonly text: string;
}

const NAMES = new Map<number, string>(
  Object.entries(Tag).map(([name, tag]) => [tag, name.toLowerCase().replaceAll('_', ' ')]),
);

/** What the node of a replay is fed with: the values of the recording, in their order, and the time. */
export class ReplayFeed {
  readonly cursor: RecordCursor;
  readonly digest = new OutputDigest();
  /** The first difference, after which nothing that the node does means anything. */
  difference: Difference | undefined;
  /** The clock's reading, in microseconds. */
  nowUs: number;
  /** Inputs being handled: only then does the node ask. */
  depth = 0;
  private calls = 0;
  private quietOuts = 0;

  constructor(private readonly recording: Recording) {
    this.cursor = new RecordCursor(recording.bytes, recording.begin, recording.end);
    this.nowUs = recording.header.clockUs;
  }

  /** Microseconds since the beginning. */
  get timeUs(): number {
    return this.nowUs - this.recording.header.clockUs;
  }

  pass(us: number): void {
    this.nowUs += us;
  }

  /** Whether what is asked now is asked by the node, and answered by the recording. */
  get asking(): boolean {
    return this.depth > 0 && this.difference === undefined;
  }

  /** Takes the tag of the value that has to come next; false, and a difference, if another comes. */
  expect(tag: number, what: string): boolean {
    const next = this.cursor.peek();
    if (next === tag) {
      this.cursor.at++;
      return true;
    }
    const there = next < 0 ? 'it ends' : `it has: ${NAMES.get(next) ?? next}`;
    this.differ('inputs', `the node ${what}, which it did not in the recording (${there})`);
    return false;
  }

  /** A call that the recording mentions only if its answer was unusual: that answer, or undefined. */
  unusual(): number | undefined {
    this.calls++;
    if (!this.asking || !this.takeIf(Tag.UNUSUAL, this.calls)) return undefined;
    this.calls = 0;
    return this.cursor.number() - 1;
  }

  /** The node calls out of itself: whether it was called back then. Takes the mark. */
  calledBack(): boolean {
    this.quietOuts++;
    if (this.difference !== undefined || !this.takeIf(Tag.OUT, this.quietOuts)) return false;
    this.quietOuts = 0;
    return true;
  }

  /** Takes a tag and its number if they are the next. */
  private takeIf(tag: number, number: number): boolean {
    const { cursor } = this;
    if (cursor.peek() !== tag) return false;
    const { at } = cursor;
    cursor.at++;
    if (cursor.number() === number) return true;
    cursor.at = at;
    return false;
  }

  differ(kind: Difference['kind'], text: string): void {
    this.difference ??= { timeUs: this.timeUs, kind, text };
  }
}
