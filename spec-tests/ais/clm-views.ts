import { expect } from 'chai';
import { ClusterChange } from '../../plugins/clm/index.js';
import type { ClusterNotificationBuffer } from '../../plugins/clm/index.js';

/** A view as a program was told of it. */
export interface View {
  readonly number: number;
  readonly numberOfMembers: number;
  readonly entries: readonly (readonly [node: number, change: ClusterChange, initialView: number])[];
}

export function viewOf({ viewNumber, notification }: ClusterNotificationBuffer, numberOfMembers: number): View {
  const entries = notification.map(
    ({ clusterNode, clusterChange }) =>
      [clusterNode.nodeId, clusterChange, Number(clusterNode.initialViewNumber)] as const,
  );
  return { number: Number(viewNumber), numberOfMembers, entries };
}

export function membersOf({ entries }: View): number[] {
  return entries.filter(([, change]) => change !== ClusterChange.LEFT).map(([node]) => node);
}

/** What one program was told, with CHANGES: each view is higher, and its changes are those from the one before. */
export function expectUnbroken(views: readonly View[], who: string): void {
  views.forEach((view, i) => {
    const before = views[i - 1];
    const text = `${who}: ${JSON.stringify(before)}, then ${JSON.stringify(view)}`;
    expect(view.numberOfMembers, text).to.equal(membersOf(view).length);
    if (before === undefined) return;
    expect(view.number, text).to.be.greaterThan(before.number);
    const was = membersOf(before);
    const left = view.entries.filter(([, change]) => change === ClusterChange.LEFT).map(([node]) => node);
    expect(
      was.filter((node) => !membersOf(view).includes(node)),
      text,
    ).to.deep.equal(left);
    for (const [node, change, initialView] of view.entries) {
      if (change === ClusterChange.NO_CHANGE) expect(was, text).to.include(node);
      if (change === ClusterChange.JOINED) expect(initialView, text).to.equal(view.number);
    }
  });
}

/** Views of one number have the same content, or are of sides that had parted and share no member. */
export function expectAgreement(views: Iterable<View>): void {
  const known = new Map<number, Map<string, readonly number[]>>();
  for (const view of views) {
    const members = membersOf(view);
    const content = view.entries
      .filter(([node]) => members.includes(node))
      .map(([node, , initial]) => `${node} since ${initial}`);
    const sides = known.get(view.number) ?? new Map<string, readonly number[]>();
    known.set(view.number, sides.set(content.join(), members));
  }
  for (const [number, sides] of known) {
    const members = [...sides.values()].flat();
    expect(new Set(members).size, `view ${number}: ${[...sides.keys()].join(' and ')}`).to.equal(members.length);
  }
}
