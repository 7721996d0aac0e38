import { LATER, ReplicatedEngine, keyBytes, nameKey, nameText } from 'chorale/sdk';
import type { Activation, Branch, Operation, OrderedContext, OwnerId, PluginContext } from 'chorale/sdk';
import { Followers } from './followers.js';
import { Group } from './group.js';
import { mergeSpaces } from './merge.js';
import type { LostHandle } from './merge.js';
import { Record as StateRecord } from './messages.proto.js';
import type { GroupRecord } from './messages.proto.js';
import { OpenFlags, Operations, SERVICE, groupChanged, lost, received } from './operations.js';
import type { GroupPolicy } from './operations.js';
import { Queue } from './queue.js';
import { Readers } from './readers.js';
import { MsgSpace, checkedMessage } from './space.js';
import type { MsgEffects } from './space.js';

/** The message service: the clients' requests to one space of queues and groups that is the same on all nodes. */
export class MsgEngine extends ReplicatedEngine<MsgSpace> {
  private readonly readers = new Readers({
    ready: (to, ready) => this.reply(to, Operations.wait, { ready }),
    closed: (to) => this.refuse(to, 'ERR_BAD_HANDLE'),
    received: ({ owner, handle }) => this.notify(owner, received, { queue: handle }),
  });
  private readonly followers = new Followers((owner, change) => this.notify(owner, groupChanged, change));
  /** Groups that have changed and whose followers are not told yet. */
  private readonly changed = new Set<string>();
  /** Of a merge that is not finished. */
  private lost: readonly LostHandle[] = [];
  /** Of a stage: the queue that messages are loaded into. */
  private readonly loading = new WeakMap<MsgSpace, Queue>();

  private readonly effects: MsgEffects = {
    arrived: (queue) => this.readers.look(queue),
    waits: ({ id, stamp }, milliseconds) => this.expiries.start(id, milliseconds, stamp),
    opened: ({ id }) => this.expiries.stop(id),
    closed: (queue) => this.readers.closed(queue),
    removed: ({ id }) => this.expiries.stop(id),
    changed: (group) => this.changed.add(group),
    answered: (request, answer) => this.reply(request, Operations.sendReceive, answer),
  };

  constructor(context: PluginContext) {
    super(context, SERVICE, new MsgSpace());
    this.state.effects = this.effects;
    this.serve(Operations.open, (request, to) => {
      this.state.open(to, request);
      // The client knows the queue before it hears of its messages.
      this.reply(to, Operations.open, {});
      if (this.isLocal(to.owner)) {
        const queue = this.state.opened(to.owner, request.queue);
        this.readers.opened(queue, (request.flags & OpenFlags.RECEIVE_CALLBACK) !== 0);
        this.readers.look(queue);
      }
      return LATER;
    });
    this.does(Operations.close, ({ queue }, to) => this.state.close(to, queue));
    this.does(Operations.unlink, ({ name }) => this.state.unlink(name));
    this.does(Operations.send, ({ destination, content }, to) => {
      this.state.send(to, destination, content!);
    });
    this.serve(Operations.take, (request, { owner }) => {
      const reply = this.state.take(owner, request);
      this.readers.taken(this.state.opened(owner, request.queue));
      return reply;
    });
    this.does(Operations.giveBack, (request, { owner }) => this.state.giveBack(owner, request));
    this.serve(Operations.sendReceive, ({ destination, content, ...about }, to) => {
      this.state.request(to, destination, content!, about);
      return LATER;
    });
    this.does(Operations.giveUp, ({ request }, { owner }) => this.state.giveUp(owner, request));
    this.does(Operations.reply, ({ senderId, content }, { time }) => this.state.answer(senderId, content!, time));
    this.does(Operations.groupCreate, ({ name, policy }) => this.state.groupCreate(name, policy));
    this.does(Operations.groupInsert, ({ name, queue }) => this.state.groupInsert(name, queue));
    this.does(Operations.groupRemove, ({ name, queue }) => this.state.groupRemove(name, queue));
    this.does(Operations.groupDelete, ({ name }) => this.state.groupDelete(name));
    this.does(Operations.closedNow, (_nothing, { time }) => this.state.closedBy(time));
    this.serveLocal(Operations.wait, ({ queue: handle, wait, poll }, to) => {
      this.readers.wait(this.state.opened(to.owner, handle), { to, wait }, poll);
      return LATER;
    });
    this.serveLocal(Operations.unwait, ({ queue: handle, wait }, { owner }) => {
      this.readers.unwait(this.state.opened(owner, handle), wait);
      return {};
    });
    this.serveLocal(Operations.status, ({ name }) => {
      const { attributes, closeTime, areas } = this.state.named(name);
      return { attributes, closeTime, usage: areas.map(({ used, length }) => ({ used, messages: length })) };
    });
    this.serveLocal(Operations.track, ({ name, changes }, { owner }) => {
      const group = this.state.group(name);
      if (changes) this.followers.follow(owner, group);
      return { policy: group.policy, members: group.members.map(keyBytes) };
    });
    this.serveLocal(Operations.trackStop, ({ name }, { owner }) => {
      this.followers.unfollow(owner, nameKey(name));
      return {};
    });
  }

  /** By name: who has a queue open (`NODE.RUN.CONNECTION`), and its messages by priority as `OWNER/SEQUENCE`; the groups. */
  dump(): unknown {
    const { queues, groups, requests } = this.state;
    const text = (key: string): string => nameText(keyBytes(key));
    return {
      queues: Object.fromEntries(
        [...queues.values()].map(({ id, name, owner, unlinked, areas, closeTime }) => [
          unlinked ? `${text(name)} (unlinked, ${id})` : text(name),
          {
            owner,
            closeTime: String(closeTime),
            messages: areas.map((area) => [...area].map((message) => `${message.owner}/${message.call}`)),
          },
        ]),
      ),
      groups: Object.fromEntries(
        [...groups.values()].map(({ name, policy, members, cursor }) => [
          text(name),
          { policy, members: members.map(text), cursor },
        ]),
      ),
      requests: [...requests.keys()].map(String),
    };
  }

  protected override stage(): MsgSpace {
    return new MsgSpace();
  }

  protected override *snapshot(space: MsgSpace): Iterable<Uint8Array> {
    yield StateRecord.encode({ stamps: space.stamps });
    for (const queue of space.queues.values()) {
      yield StateRecord.encode({ queue: queue.encode() });
      for (const area of queue.areas) for (const message of area) yield StateRecord.encode({ message });
    }
    for (const { name, policy, members, cursor } of space.groups.values()) {
      const group = { name: keyBytes(name), policy, members: members.map(keyBytes), cursor };
      yield StateRecord.encode({ group });
    }
    for (const request of space.requests.values()) yield StateRecord.encode({ request });
  }

  protected override load(stage: MsgSpace, record: Uint8Array): void {
    const { queue, message, group, request, stamps } = StateRecord.decode(record);
    if (stamps !== undefined) stage.stamps = stamps;
    if (queue !== undefined) {
      const loaded = Queue.decode(queue);
      stage.add(loaded);
      this.loading.set(stage, loaded);
    }
    if (message !== undefined) {
      const whole = checkedMessage(message);
      const into = this.loading.get(stage);
      if (into === undefined) throw new Error('a message before its queue');
      into.areas[whole.content.priority]!.push(whole);
    }
    if (group !== undefined) stage.groups.set(nameKey(group.name), groupOf(group));
    if (request !== undefined) stage.requests.set(request.senderId, request);
  }

  protected override merge(branches: readonly Branch<MsgSpace>[]): MsgSpace {
    const merged = mergeSpaces(branches);
    this.lost = merged.lost;
    return merged.space;
  }

  protected override ownersGone(isGone: (owner: OwnerId) => boolean): void {
    this.state.effects = this.effects;
    this.state.ownersGone(isGone);
    this.flush();
    // Nobody's clock tells when: the first member says a time that counts for all.
    const [first] = this.participants.keys();
    if (first === this.nodeId && this.state.lacksTime) this.command(Operations.closedNow, {});
  }

  protected override clientGone(owner: OwnerId): void {
    this.followers.gone(owner);
  }

  protected override expired(key: string): void {
    this.state.expire(key);
    this.flush();
  }

  protected override activated({ replaced }: Activation): void {
    for (const { owner, handle, id } of this.lost) {
      if (this.isLocal(owner)) this.readers.closed({ id });
      this.notify(owner, lost, { queue: handle });
    }
    this.lost = [];
    if (replaced) this.replaced();
    this.flush();
  }

  /** What was derived from the state before is made anew. */
  private replaced(): void {
    const waiting = [...this.state.queues.values()].filter((queue) => !queue.isOpen && !queue.persistent);
    const times = waiting.map((queue) => [queue, this.expiries.remaining(queue.id) ?? queue.retentionMs] as const);
    this.expiries.clear();
    for (const [{ id, stamp }, milliseconds] of times) this.expiries.start(id, milliseconds, stamp);
    for (const queue of this.state.queues.values()) this.readers.look(queue);
    this.followers.replaced(this.state.groups);
  }

  private does<Q>(operation: Operation<Q, object>, handle: (request: Q, context: OrderedContext) => void): void {
    this.serve(operation, (request, context) => {
      handle(request, context);
      this.flush();
      return {};
    });
  }

  private flush(): void {
    for (const name of this.changed) this.followers.changed(name, this.state.groups.get(name));
    this.changed.clear();
  }
}

function groupOf({ name, policy, members, cursor }: GroupRecord): Group {
  const group = new Group(nameKey(name), policy as GroupPolicy);
  group.members = members.map(nameKey);
  group.cursor = cursor;
  return group;
}
