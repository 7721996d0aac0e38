import { expect } from 'chai';
import fc from 'fast-check';
import { Slab } from '../../core/base/slab.js';

describe('memory for received messages', () => {
  it('keeps every message as it was, whatever comes after it', () => {
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 2047, 2048, 2049, 20_000)), { maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.nat(9), (all, offset) => {
        const slab = new Slab();
        const source = new Uint8Array(30_000);
        const copies = all.map((length, index) => {
          source.fill(index);
          return slab.copy(source, offset, length);
        });
        source.fill(255);
        copies.forEach((copy, index) => {
          expect(copy).to.have.length(all[index]!);
          expect(copy.every((byte) => byte === index)).to.equal(true);
        });
      }),
    );
  });
});
