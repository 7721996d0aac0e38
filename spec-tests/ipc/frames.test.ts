import { expect } from 'chai';
import * as fc from 'fast-check';
import { BadFrame, FrameKind, FrameReader, FrameWriter } from '../../core/ipc/frames.js';

/** What a writer makes of messages, in one array. */
async function written(messages: readonly (readonly [FrameKind, Uint8Array])[]): Promise<Uint8Array> {
  const blocks: Buffer[] = [];
  const writer = new FrameWriter({
    write: (block, done) => {
      blocks.push(Buffer.from(block));
      done();
    },
  });
  for (const [kind, message] of messages) writer.add(kind, [message.subarray(0, 3), message.subarray(3)]);
  await Promise.resolve();
  return new Uint8Array(Buffer.concat(blocks));
}

function readAll(reader: FrameReader): [number, Uint8Array][] {
  const frames: [number, Uint8Array][] = [];
  while (reader.peek()) {
    frames.push([reader.kind, reader.copy()]);
    reader.next();
  }
  return frames;
}

describe('client frames', () => {
  const kind = fc.constantFrom<FrameKind>(FrameKind.REQUEST, FrameKind.RESPONSE, FrameKind.EVENT);
  const size = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 60_000, max: 70_000 }));
  const message = size.map((length) => Uint8Array.from({ length }, (_, i) => i * 7 + length));

  it('come out as they went in, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(kind, message), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
        async (messages, cuts) => {
          const stream = await written(messages);
          const reader = new FrameReader();
          const frames: [number, Uint8Array][] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const end = Math.min(stream.length, at + cuts[i % cuts.length]!);
            reader.push(stream.slice(at, end));
            frames.push(...readAll(reader));
            at = end;
          }
          expect(frames).to.deep.equal(messages);
          expect(reader.waiting).to.equal(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that came whole are shown in place', async () => {
    const stream = await written([[FrameKind.REQUEST, Uint8Array.of(1, 2, 3, 4)]]);
    const reader = new FrameReader();
    reader.push(stream);
    expect(reader.peek()).to.equal(true);
    expect(reader.bytes.buffer).to.equal(stream.buffer);
    expect([...reader.bytes.subarray(reader.offset, reader.offset + reader.length)]).to.deep.equal([1, 2, 3, 4]);
    expect(reader.peek(), 'looking twice changes nothing').to.equal(true);
  });

  it('are copied when a copy is asked for, also from a Buffer', async () => {
    const stream = Buffer.from(await written([[FrameKind.REQUEST, Uint8Array.of(1, 2, 3, 4)]]));
    const reader = new FrameReader();
    reader.push(stream);
    reader.peek();
    const copy = reader.copy();
    stream.fill(0);
    expect([...copy]).to.deep.equal([1, 2, 3, 4]);
  });

  it('longer than allowed are refused before they are here', () => {
    const reader = new FrameReader();
    reader.push(Uint8Array.of(1, 0, 16, 0, 2, 0, 0, 0));
    expect(() => reader.peek()).to.throw(BadFrame, /1048577 bytes/);
    const most = new FrameReader();
    most.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0));
    expect(() => most.peek()).to.throw(BadFrame);
  });

  it('of one turn leave as one block', async () => {
    const blocks: number[] = [];
    const writer = new FrameWriter({ write: (block) => blocks.push(block.length) });
    for (let i = 0; i < 100; i++) writer.add(FrameKind.EVENT, [new Uint8Array(100)]);
    expect(blocks).to.be.empty;
    await Promise.resolve();
    expect(blocks).to.deep.equal([10_800]);
    expect(writer.queued).to.equal(10_800);
  });

  it('count as queued until they are written, and their memory is used again', async () => {
    const waiting: (() => void)[] = [];
    const buffers = new Set<ArrayBufferLike>();
    const writer = new FrameWriter({
      write: (block, done) => {
        buffers.add(block.buffer);
        waiting.push(done);
      },
    });
    for (let i = 0; i < 5; i++) {
      writer.add(FrameKind.EVENT, [new Uint8Array(100)]);
      await Promise.resolve();
      expect(writer.queued).to.equal(108);
      waiting.shift()!();
      expect(writer.queued).to.equal(0);
    }
    expect(buffers.size).to.equal(1);
  });
});
