import { ReplicatedEngine, SaError } from 'chorale/sdk';
import type { Activation, Branch, OwnerId, PluginContext } from 'chorale/sdk';
import { parseAddress } from './address.js';
import { Announcement, View } from './messages.proto.js';
import type { Member } from './messages.proto.js';
import { ClusterChange, LOCAL_NODE_ID, Operations, SERVICE, transition } from './operations.js';

type Members = ReadonlyMap<number, Member>;

interface State {
  /** Number of the present view. */
  number: number;
  /** By node id, ascending. */
  members: Members;
}

/** A branch that met others, as it was. */
interface Side {
  readonly nodes: readonly number[];
  readonly members: Members;
}

/**
 * The membership service. Its members are the nodes that have it. Each tells of itself at every synchronization, so a node
 * becomes a member together with its record; a view is made there and is the same on all, its number higher than any that a
 * member has seen. What is replicated is the view, for the numbers in it; who follows it is known to his own node alone.
 */
export class ClmEngine extends ReplicatedEngine<State> {
  private readonly followers = new Set<OwnerId>();
  /** What clients of this node were told last. */
  private shown: Members = new Map();
  /** What was merged. */
  private sides: readonly Side[] = [];

  constructor(context: PluginContext) {
    super(context, { ...SERVICE, priority: 10 }, emptyState());
    this.serveLocal(Operations.track, ({ changes }, { owner }) => {
      if (changes) this.followers.add(owner);
      return this.view(this.state);
    });
    this.serveLocal(Operations.trackStop, (_nothing, { owner }) => {
      this.followers.delete(owner);
      return {};
    });
    this.serveLocal(Operations.nodeGet, ({ node }) => {
      const member = this.state.members.get(node === LOCAL_NODE_ID ? this.nodeId : node);
      if (member === undefined) throw new SaError('ERR_INVALID_PARAM', `node ${node} is no member`);
      return member;
    });
  }

  dump(): unknown {
    return this.view(this.state);
  }

  protected override announcement(): Uint8Array {
    const { family, value } = parseAddress(this.machine.address);
    return Announcement.encode({ family, address: value, name: this.machine.name, boot: this.machine.bootNs });
  }

  protected override stage(): State {
    return emptyState();
  }

  protected override snapshot(state: State): Iterable<Uint8Array> {
    return [View.encode(this.view(state))];
  }

  protected override load(stage: State, record: Uint8Array): void {
    const { number, members } = View.decode(record);
    stage.number = number;
    stage.members = new Map(members.map((member) => [member.node, member]));
  }

  /** Who is a member from now on follows in `activated`. */
  protected override merge(branches: readonly Branch<State>[]): State {
    this.sides = branches.map(({ nodes, state }) => ({ nodes, members: state.members }));
    return { number: Math.max(...branches.map(({ state }) => state.number)), members: new Map() };
  }

  protected override ownersGone(): void {
    // Nothing of a client is replicated.
  }

  protected override clientGone(owner: OwnerId): void {
    this.followers.delete(owner);
  }

  protected override activated({ participants, ringId, merged }: Activation): void {
    const sides = merged ? this.sides : [{ nodes: [...participants.keys()], members: this.state.members }];
    const present = [...participants].map(([node, { run, announcement }]) => ({
      node,
      run,
      about: Announcement.decode(announcement),
    }));
    // A node that was away so shortly that its side has not seen it left and joined again, in two views. The first is the
    // side's own.
    const stayed = ({ nodes, members }: Side): Members =>
      new Map([...members].filter(([node, { run }]) => nodes.includes(node) && participants.get(node)?.run === run));
    const missedSome = (side: Side): boolean => {
      const rest = stayed(side);
      return [...side.members.keys()].some((node) => participants.has(node) && !rest.has(node));
    };
    if (sides.some(missedSome)) {
      const number = this.nextNumber(ringId.seq);
      const own = sides.find(({ nodes }) => nodes.includes(this.nodeId));
      if (own !== undefined && missedSome(own)) this.change(stayed(own), number);
      this.state.number = number;
    }
    const number = this.nextNumber(ringId.seq);
    const members = new Map(
      present.map(({ node, run, about }) => {
        const known = merged ? undefined : this.state.members.get(node);
        return [node, { node, run, about, initialView: known?.initialView ?? number }];
      }),
    );
    const differs = members.size !== this.state.members.size || present.some((one) => this.isNews(one));
    if (merged || differs) this.change(members, number);
    else this.shown = members;
  }

  protected override nodeStopped(node: number): void {
    const rest = [...this.state.members].filter(([other]) => other !== node);
    this.change(new Map(rest), this.nextNumber(0));
  }

  /** Views have the number of their ring where that is higher: it grows over restarts of all nodes too. */
  private nextNumber(ringSeq: number): number {
    return Math.max(this.state.number + 1, ringSeq);
  }

  private isNews({ node, about }: { readonly node: number; readonly about: Announcement }): boolean {
    const known = this.state.members.get(node);
    return known === undefined || !sameAbout(known.about, about);
  }

  /** A transition: the new view, and what it is for those who follow on this node. */
  private change(members: Members, number: number): void {
    this.state.number = number;
    this.state.members = members;
    const left = [...this.shown.values()].filter(({ node }) => !members.has(node));
    const changes = [
      ...[...members.values()].map((member) => ({ member, change: this.changeOf(member) })),
      ...left.map((member) => ({ member, change: ClusterChange.LEFT })),
    ].sort((a, b) => a.member.node - b.member.node);
    this.shown = members;
    for (const follower of this.followers) this.notify(follower, transition, { number, changes });
  }

  private changeOf({ node, run, about }: Member): ClusterChange {
    const known = this.shown.get(node);
    if (known === undefined || known.run !== run) return ClusterChange.JOINED;
    return sameAbout(known.about, about) ? ClusterChange.NO_CHANGE : ClusterChange.RECONFIGURED;
  }

  private view({ number, members }: State): View {
    return { number, members: [...members.values()] };
  }
}

function emptyState(): State {
  return { number: 0, members: new Map() };
}

function sameAbout(a: Announcement | undefined, b: Announcement | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.name === b.name && a.boot === b.boot && a.family === b.family && a.address.join() === b.address.join();
}
