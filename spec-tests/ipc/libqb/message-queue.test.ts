import { expect } from 'chai';
import fc from 'fast-check';
import { BlockPool } from '../../../core/ipc/libqb/block-pool.js';
import { MessageQueue, QueueBudget } from '../../../core/ipc/libqb/message-queue.js';

const push = fc.record({ push: fc.oneof(fc.nat(300), fc.nat(70_000), fc.constantFrom(0, 65536, 1_048_576)) });
const shift = fc.record({ shift: fc.nat(20) });
type Step = { readonly push: number } | { readonly shift: number };

describe('the queue of messages that a client has no room for', () => {
  it('gives every message back as it was, in order, and accounts for all bytes', () => {
    const budget = new QueueBudget();
    fc.assert(
      fc.property(fc.array(fc.oneof(push, push, shift) as fc.Arbitrary<Step>, { maxLength: 200 }), (steps) => {
        const queue = new MessageQueue(budget);
        const expected: { length: number; fill: number }[] = [];
        const taken = (): void => {
          const { length, fill } = expected.shift()!;
          expect(queue.first.length).to.equal(length);
          expect(queue.first.every((byte) => byte === fill)).to.equal(true);
          queue.shift();
        };
        steps.forEach((step, i) => {
          if ('push' in step) {
            const message = new Uint8Array(step.push).fill(i);
            queue.push([message.subarray(0, step.push >> 1), message.subarray(step.push >> 1)]);
            expected.push({ length: step.push, fill: i & 255 });
          } else {
            for (let n = 0; n < step.shift && expected.length > 0; n++) taken();
          }
          expect(queue.length).to.equal(expected.length);
          expect(queue.bytes).to.equal(expected.reduce((sum, { length }) => sum + length, 0));
          expect(budget.bytes).to.equal(queue.bytes);
        });
        if (expected.length % 2 === 0) while (expected.length > 0) taken();
        queue.clear();
        expect([queue.length, queue.bytes, budget.bytes]).to.deep.equal([0, 0, 0]);
      }),
      { numRuns: 100, verbose: true },
    );
  });

  it('uses the same memory again', () => {
    const pool = new BlockPool();
    const [small, large] = [pool.take(10), pool.take(100_000)];
    expect([small.length, large.length]).to.deep.equal([65536, 131072]);
    pool.give(small);
    pool.give(large);
    expect(pool.take(65536)).to.equal(small);
    expect(pool.take(65537)).to.equal(large);
    expect(pool.take(1)).not.to.equal(small);
  });

  it('keeps a limited amount of it', () => {
    const pool = new BlockPool();
    const blocks = Array.from({ length: 20 }, () => pool.take(1024 * 1024));
    for (const block of blocks) pool.give(block);
    const again = Array.from({ length: 20 }, () => pool.take(1024 * 1024));
    expect(again.filter((block) => blocks.includes(block)).length).to.equal(8);
  });
});
