import { expect } from 'chai';
import fc from 'fast-check';
import { OrderCheck } from '../../core/cli/demo/order-check.js';
import type { Delivery } from '../../core/cli/demo/order-check.js';

const message = (sender: number, number: number, text = `${sender}:${number}`): Delivery => ({
  sender,
  number,
  data: new TextEncoder().encode(text),
});

/** A check in which these nodes have begun one epoch. */
function together(...nodes: number[]): OrderCheck {
  const check = new OrderCheck();
  for (const node of nodes) check.begin(node, 'first', nodes);
  return check;
}

describe('cli: the check of the order', () => {
  it('finds equal orders equal, however far one node is ahead', () => {
    const seed = Date.now() & 0x7fffffff;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 2, 3), { maxLength: 60 }),
        fc.array(fc.constantFrom(1, 2, 3), { maxLength: 400 }),
        (senders, turns) => {
          const check = together(1, 2, 3);
          const numbers = new Map<number, number>();
          const order = senders.map((sender) => {
            const number = (numbers.get(sender) ?? 0) + 1;
            numbers.set(sender, number);
            return message(sender, number);
          });
          const at = new Map([1, 2, 3].map((node) => [node, 0]));
          for (const node of [...turns, ...[1, 2, 3].flatMap((id) => order.map(() => id))]) {
            const next = at.get(node)!;
            if (next === order.length) continue;
            check.deliver(node, order[next]!);
            at.set(node, next + 1);
            const least = Math.min(...at.values());
            expect(check.compared).to.equal(least);
            expect(check.progress(node)).to.include({ position: next + 1, commonPosition: least });
          }
          expect(check.faults).to.deep.equal([]);
          expect(check.backlog).to.equal(0);
          expect(check.isSettled([1, 2, 3])).to.equal(true);
          expect(new Set([1, 2, 3].map((node) => check.progress(node)!.digest)).size).to.equal(1);
        },
      ),
      { seed },
    );
  });

  it('finds two messages in another order different, and every digest after them', () => {
    const check = together(1, 2);
    for (const one of [message(1, 1), message(2, 1), message(1, 2)]) check.deliver(1, one);
    for (const one of [message(2, 1), message(1, 1), message(1, 2)]) check.deliver(2, one);
    expect(check.faults).to.deep.equal(['message 1 of first is not the same at node 1 and node 2']);
    expect(check.progress(1)!.digest).to.not.equal(check.progress(2)!.digest);
  });

  it('finds other bytes, and bytes of another sender, different', () => {
    for (const other of [message(1, 1, 'other'), message(2, 1, '1:1')]) {
      const check = together(1, 2);
      check.deliver(1, message(1, 1));
      check.deliver(2, other);
      expect(check.faults).to.have.length(1);
    }
  });

  it('finds a gap and a repetition in the messages of a sender', () => {
    const check = together(1);
    check.deliver(1, message(2, 5));
    check.deliver(1, message(2, 7));
    check.deliver(1, message(2, 7));
    expect(check.faults).to.deep.equal([
      'node 1 delivered message 7 of node 2 after its message 5',
      'node 1 delivered message 7 of node 2 after its message 7',
    ]);
  });

  it('finds nodes that go on together after another number of messages', () => {
    const check = together(1, 2, 3);
    check.deliver(1, message(1, 1));
    check.gone(3);
    check.begin(1, 'second', [1, 2]);
    check.begin(2, 'second', [1, 2]);
    expect(check.faults).to.deep.equal([
      'in first node 2 delivered 0 messages and node 1 1, yet both went on to second',
    ]);
  });

  it('lets nodes that are parted by a partition end their last common epoch differently', () => {
    const check = together(1, 2, 3);
    for (const node of [1, 2]) check.deliver(node, message(1, 1));
    check.deliver(3, message(3, 1));
    for (const node of [1, 2]) check.begin(node, 'left side', [1, 2]);
    check.begin(3, 'right side', [3]);
    check.deliver(3, message(3, 2));
    expect(check.faults).to.deep.equal([]);
    expect(check.backlog).to.equal(0);
  });

  it('does not wait for a node that is gone', () => {
    const check = together(1, 2, 3);
    for (const node of [1, 2]) check.deliver(node, message(1, 1));
    expect(check.compared).to.equal(0);
    check.gone(3);
    expect(check.compared).to.equal(1);
    expect(check.progress(3)).to.equal(undefined);
  });

  it('takes a node that starts again from the epoch of its join', () => {
    const check = together(1, 2, 3);
    check.gone(3);
    for (const node of [1, 2]) check.begin(node, 'two', [1, 2]);
    for (const node of [1, 2]) check.deliver(node, message(1, 1));
    for (const node of [1, 2]) check.begin(node, 'three', [1, 2, 3]);
    for (const node of [1, 2]) check.deliver(node, message(1, 2));
    expect(check.compared).to.equal(1);
    check.begin(3, 'three', [1, 2, 3]);
    check.deliver(3, message(1, 2));
    expect(check.compared).to.equal(2);
    expect(check.progress(3)!.digest).to.equal(check.progress(1)!.digest);
    expect(check.faults).to.deep.equal([]);
  });

  it('does not count what only one node was there to deliver', () => {
    const check = together(1);
    check.deliver(1, message(1, 1));
    expect(check.compared).to.equal(0);
    expect(check.progress(1)).to.include({ position: 1, commonPosition: 1 });
  });

  it('forgets epochs that are over', () => {
    const check = together(1, 2);
    for (let i = 0; i < 1000; i++) {
      for (const node of [1, 2]) check.begin(node, `epoch ${i}`, i % 3 === 0 ? [1, 2, 3] : [1, 2]);
      for (const node of [1, 2]) check.deliver(node, message(node, i + 1));
    }
    expect(check.backlog).to.be.below(200);
  });
});
