import type { Ending, History } from './history.js';
import { messageName, processName } from './history.js';
import type { Analysis, Epoch } from './epochs.js';

/** A property that a run broke. */
export interface Violation {
  /** The property's number and name, as in evs.md. */
  readonly property: string;
  /** Who, what, when, in which ring. */
  readonly text: string;
  /** Virtual time in milliseconds. */
  readonly at: number;
}

/** What a property is checked on. */
export interface CheckContext {
  readonly history: History;
  readonly analysis: Analysis;
  /** Missing: the run was cut off, so nothing is said about what should have come to an end. */
  readonly ending: Ending | undefined;
}

/** A property, separately checked and reported. */
export interface Property {
  /** For example `1.4 no duplication`. */
  readonly name: string;
  check(context: CheckContext, report: Report): void;
}

/** Takes a violation; false when it has had enough of this property. */
export type Report = (at: number, text: string) => boolean;

/** Names for texts. */
export class Names {
  constructor(private readonly history: History) {}

  process(index: number): string {
    return `node ${processName(this.history.processes[index]!)}`;
  }

  nodeId(process: number): number {
    return this.history.processes[process]!.nodeId;
  }

  message(index: number): string {
    return messageName(this.history, index);
  }

  /** When an epoch's delivery was that has this place among them. */
  timeOf(epoch: Epoch, place: number): number {
    const { regular, late } = epoch;
    const index = place < regular.length ? regular[place]! : late[place - regular.length]!;
    return this.history.events[index]!.at;
  }

  at(index: number): string {
    return `${this.history.events[index]!.at.toFixed(2)} ms`;
  }
}
