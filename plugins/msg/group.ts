import { SaError, nodeOfOwner } from 'chorale/sdk';
import type { Content } from './messages.proto.js';
import { GroupPolicy } from './operations.js';
import type { Queue } from './queue.js';

/** A queue group. */
export class Group {
  /** Keys of the names of its queues, in the order in which they came. */
  members: string[] = [];
  /** The position of the member whose turn it is. */
  cursor = 0;

  constructor(
    /** The key of its name. */
    readonly name: string,
    readonly policy: GroupPolicy,
  ) {}

  /** False: it is no member. */
  remove(queue: string): boolean {
    const at = this.members.indexOf(queue);
    if (at < 0) return false;
    this.members.splice(at, 1);
    if (at < this.cursor) this.cursor--;
    this.cursor = this.turn(this.cursor);
    return true;
  }

  /**
   * The queues that get a message of a sender on this node. `queues` are the members. Throws ERR_QUEUE_NOT_AVAILABLE when there
   * are none; ERR_QUEUE_FULL when the one chosen, or with BROADCAST every one, has no room: the turn has passed on then.
   */
  choose(queues: readonly Queue[], content: Content, node: number): readonly Queue[] {
    if (queues.length === 0) throw new SaError('ERR_QUEUE_NOT_AVAILABLE', 'the group has no queues');
    if (this.policy === GroupPolicy.BROADCAST) {
      const open = queues.filter((queue) => queue.takes(content));
      if (open.length === 0) throw full();
      return open;
    }
    const inTurn = [...queues.slice(this.cursor), ...queues.slice(0, this.cursor)];
    const chosen = this.oneOf(inTurn, content, node);
    this.cursor = this.turn(queues.indexOf(chosen) + 1);
    if (!chosen.takes(content)) throw full();
    return [chosen];
  }

  private oneOf(inTurn: readonly Queue[], { priority }: Content, node: number): Queue {
    const local = inTurn.filter((queue) => queue.isOpen && nodeOfOwner(queue.owner) === node);
    if (this.policy === GroupPolicy.ROUND_ROBIN || local.length === 0) return inTurn[0]!;
    if (this.policy === GroupPolicy.LOCAL_ROUND_ROBIN) return local[0]!;
    return local.reduce((best, queue) => (queue.room(priority) > best.room(priority) ? queue : best));
  }

  private turn(position: number): number {
    return this.members.length === 0 ? 0 : position % this.members.length;
  }
}

export function full(): SaError {
  return new SaError('ERR_QUEUE_FULL', 'there is no room for a message of this priority and size');
}
