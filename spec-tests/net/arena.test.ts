import { expect } from 'chai';
import { FrameMemory, LARGE_FRAME_BYTES } from '../../core/net/frame-memory.js';
import { loadNative } from '../../core/net/native.js';
import { slotBytesFor } from '../../core/net/options.js';

describe('net: frame memory of the native driver', () => {
  const { Arena, UdpEndpoints } = loadNative();

  it('has the sizes asked for, every frame free, and zeroed bytes', () => {
    const buffers = new Arena(2048, 10, 3);
    expect(buffers.arena.byteLength).to.equal(10 * 2048 + 3 * LARGE_FRAME_BYTES);
    expect(Array.from(buffers.freeSmall)).to.deep.equal([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(Array.from(buffers.freeLarge)).to.deep.equal([3, 12, 11, 10]);
    expect(buffers).to.include({ slotBytes: 2048, slots: 10, largeSlots: 3 });
    expect(new Uint8Array(buffers.arena).every((byte) => byte === 0)).to.equal(true);
  });

  it('works as FrameMemory: places do not overlap and come back', () => {
    const memory = new FrameMemory(new Arena(2048, 4, 2));
    const lengths = [2048, 1, 2049, 64, LARGE_FRAME_BYTES, 100];
    const frames = lengths.map((length) => memory.allocate(length));
    expect(frames).to.deep.equal([0, 1, 4, 2, 5, 3]);
    expect([memory.allocate(1), memory.allocate(2049), memory.allocate(LARGE_FRAME_BYTES + 1)]).to.deep.equal([
      -1, -1, -1,
    ]);
    frames.forEach((frame, i) => {
      const from = memory.offsetOf(frame);
      memory.bytes.fill(i + 1, from, from + lengths[i]!);
    });
    frames.forEach((frame, i) => {
      const from = memory.offsetOf(frame);
      expect(memory.bytes.subarray(from, from + lengths[i]!).every((byte) => byte === i + 1)).to.equal(true);
    });
    for (const frame of frames) memory.release(frame);
    expect(memory.free).to.equal(4);
  });

  it('is reserved, not touched: more than this machine may have in memory can be asked for', () => {
    expect(new Arena(65472, 40960, 256).arena.byteLength).to.equal(40960 * 65472 + 256 * LARGE_FRAME_BYTES);
  });

  it('refuses sizes that make no sense', () => {
    for (const sizes of [
      [0, 1, 1],
      [2000, 1, 1],
      [65536, 1, 1],
      [2048, 0, 1],
      [2048, -1, 1],
      [2048, 1 << 21, 1],
      [2048, 1, 1 << 15],
    ] as [number, number, number][]) {
      expect(() => new Arena(...sizes), sizes.join()).to.throw(RangeError);
    }
    expect(() => new (Arena as unknown as new (...args: unknown[]) => unknown)('2048')).to.throw(TypeError);
  });

  it('is what endpoints insist on', () => {
    const impostor = { arena: new ArrayBuffer(64) } as never;
    expect(() => new UdpEndpoints(impostor, () => {})).to.throw(TypeError, 'Arena');
    expect(() => new UdpEndpoints(new Arena(2048, 1, 0), undefined as never)).to.throw(TypeError);
  });

  it('holds a frame of any netmtu, with room for what encryption adds', () => {
    expect([1500, 1984, 1985, 9000, 65535].map(slotBytesFor)).to.deep.equal([2048, 2048, 2112, 9088, 65472]);
  });
});
