import { LATER, ReplicatedEngine, nodeOfOwner } from 'chorale/sdk';
import type { Activation, Branch, OwnerId, PluginContext } from 'chorale/sdk';
import { LockSpace } from './lock-space.js';
import type { LockEffects } from './lock-space.js';
import { mergeSpaces } from './merge.js';
import { Operations, SERVICE, stripped, waiter } from './operations.js';
import { Resource, conflict } from './resource.js';
import type { Lock } from './resource.js';

/** The lock service: the clients' requests to one lock space that is the same on all nodes. */
export class LckEngine extends ReplicatedEngine<LockSpace> {
  private readonly effects: LockEffects = {
    decided: (request, status) => this.reply(request, Operations.lock, { status }),
    cancelled: (request, closed) => this.refuse(request, closed ? 'ERR_BAD_HANDLE' : 'ERR_NOT_EXIST'),
    waiter: (held, request) => {
      const { signal, mode: requested } = request;
      this.notify(held.owner, waiter, { signal, lock: held.lock, held: held.mode, requested });
    },
  };
  /** Of a merge that is not finished: the locks that were lost, and which branch a node was in. */
  private merged: { readonly lost: readonly Lock[]; readonly branchOf: ReadonlyMap<number, number> } | undefined;

  constructor(context: PluginContext) {
    super(context, SERVICE, new LockSpace());
    this.state.effects = this.effects;
    this.serve(Operations.open, (request, { owner }) => {
      this.state.open(owner, request);
      return {};
    });
    this.serve(Operations.close, ({ resource }, { owner }) => {
      this.state.close(owner, resource);
      return {};
    });
    this.serve(Operations.lock, (request, to) => {
      const status = this.state.lock({ owner: to.owner, call: to.call }, request);
      return status === undefined ? LATER : { status };
    });
    this.serve(Operations.unlock, ({ lock }, { owner }) => {
      this.state.unlock(owner, lock);
      return {};
    });
    this.serve(Operations.purge, ({ resource }, { owner }) => {
      this.state.purge(owner, resource);
      return {};
    });
  }

  /** By resource: how often it is open, who holds it and who waits, as `NODE.RUN.CONNECTION#LOCK MODE`. */
  dump(): unknown {
    const text = ({ owner, lock, mode, orphan }: Lock): string =>
      `${owner}#${lock} ${mode === 2 ? 'EX' : 'PR'}${orphan ? ' orphan' : ''}`;
    return Object.fromEntries(
      [...this.state.resources.values()].map(({ name, opens, granted, queue }) => [
        name,
        { open: opens.size, granted: granted.map(text), waiting: queue.map(text) },
      ]),
    );
  }

  protected override stage(): LockSpace {
    return new LockSpace();
  }

  protected override *snapshot(space: LockSpace): Iterable<Uint8Array> {
    for (const resource of space.resources.values()) yield resource.encode();
  }

  protected override load(stage: LockSpace, record: Uint8Array): void {
    stage.add(Resource.decode(record));
  }

  protected override merge(branches: readonly Branch<LockSpace>[]): LockSpace {
    const { space, stripped: lost } = mergeSpaces(branches);
    const branchOf = new Map(branches.flatMap(({ nodes }, index) => nodes.map((node) => [node, index] as const)));
    this.merged = { lost, branchOf };
    return space;
  }

  protected override ownersGone(isGone: (owner: OwnerId) => boolean): void {
    this.state.effects = this.effects;
    this.state.ownersGone(isGone);
  }

  protected override activated({ merged }: Activation): void {
    const { merged: meeting } = this;
    this.merged = undefined;
    if (!merged || meeting === undefined) return;
    for (const lock of meeting.lost) if (!lock.orphan) this.notify(lock.owner, stripped, { lock: lock.lock });
    this.state.settleAll();
    // Those who wait now for a lock of another side: its holder does not know of them.
    const sideOf = ({ owner }: Lock): number | undefined => meeting.branchOf.get(nodeOfOwner(owner));
    for (const { granted, queue } of this.state.resources.values()) {
      for (const held of granted) {
        for (const request of queue) {
          const isNew = sideOf(held) !== sideOf(request) && conflict(held.mode, request.mode);
          if (isNew && !held.orphan) this.effects.waiter(held, request);
        }
      }
    }
  }
}
