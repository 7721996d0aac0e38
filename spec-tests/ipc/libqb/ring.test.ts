import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { HeaderWord, Magic, ringBytes } from '../../../core/ipc/libqb/layout.js';
import { BAD_CHUNK, RingReader, RingWriter } from '../../../core/ipc/libqb/ring.js';
import type { RingMemory } from '../../../core/ipc/libqb/ring.js';
import { RingFiles } from '../../../core/ipc/libqb/ring-files.js';
import { loadNative } from '../../../core/net/native.js';

/** A ring in plain memory, its semaphore at 0. Nothing may cross its end: it is there once. */
function plainRing(bytes = ringBytes(1048576)): RingMemory {
  return { header: new ArrayBuffer(8252), data: new ArrayBuffer(bytes), bytes };
}

function post(ring: RingMemory, times = 1): void {
  Atomics.add(new Int32Array(ring.header), HeaderWord.SEMAPHORE, times);
}

describe('libqb ring (ipc.md 3.2, 3.3; captures/shm-rings.txt)', () => {
  it('has 1052672 bytes for the libraries that ask for 1048576', () => {
    expect(ringBytes(1048576)).to.equal(1052672);
  });

  it('lays out the two requests of the capture as libqb does: 168 and 50 bytes end at word 0x3b', () => {
    const ring = plainRing();
    const writer = new RingWriter(ring);
    const words = new Int32Array(ring.data);
    expect(writer.write([new Uint8Array(168).fill(7)])).to.equal(true);
    expect([words[0], words[1]]).to.deep.equal([168, Magic.COMPLETE]);
    expect(writer.write([new Uint8Array(40), new TextEncoder().encode('KKKKKKKKKK')])).to.equal(true);
    // The second chunk begins at byte 0xb0, its payload's last ten bytes at 0xe0.
    expect(words[0xb0 / 4]).to.equal(50);
    expect(Buffer.from(ring.data, 0xe0, 10).toString()).to.equal('KKKKKKKKKK');
    expect(new Int32Array(ring.header)[HeaderWord.WRITE]).to.equal(0x3b);
  });

  it('leaves a read ring as the capture shows it: dead magics, lengths 0, both pointers at 0x3b', () => {
    const ring = plainRing();
    const writer = new RingWriter(ring);
    const reader = new RingReader(ring);
    writer.write([new Uint8Array(168)]);
    writer.write([new Uint8Array(50)]);
    post(ring, 2);
    for (const length of [168, 50]) {
      expect(reader.tryWait()).to.equal(true);
      expect(reader.peek(1048576)).to.equal(length);
      reader.reclaim();
    }
    expect(reader.tryWait()).to.equal(false);
    const header = new Int32Array(ring.header);
    expect([header[HeaderWord.WRITE], header[HeaderWord.READ]]).to.deep.equal([0x3b, 0x3b]);
    expect(Buffer.from(ring.data, 0, 8).toString('hex')).to.equal('00000000d0d0d0d0');
    expect(Buffer.from(ring.data, 0xb0, 8).toString('hex')).to.equal('00000000d0d0d0d0');
  });

  it('takes a chunk only with 12 bytes to spare', () => {
    const ring = plainRing(4096);
    const writer = new RingWriter(ring);
    expect(writer.most).to.equal(4084);
    expect(writer.write([new Uint8Array(4085)])).to.equal(false);
    expect(writer.write([new Uint8Array(4084)])).to.equal(true);
    expect(writer.write([new Uint8Array(0)])).to.equal(false);
  });

  it('says what a peer broke instead of following it', () => {
    const cases: [string, (words: Int32Array) => void][] = [
      ['a chunk half written', (words) => (words[1] = Magic.ALLOCATED)],
      ['a dead chunk', (words) => (words[1] = Magic.DEAD)],
      ['a length beyond the longest message', (words) => (words[0] = 1001)],
      ['a negative length', (words) => (words[0] = -4)],
    ];
    for (const [what, spoil] of cases) {
      const ring = plainRing();
      new RingWriter(ring).write([new Uint8Array(100)]);
      spoil(new Int32Array(ring.data));
      expect(new RingReader(ring).peek(1000), what).to.equal(BAD_CHUNK);
    }
    for (const pointer of [-1, 1024, 0x7fffffff]) {
      const ring = plainRing(4096);
      const writer = new RingWriter(ring);
      new Int32Array(ring.header)[HeaderWord.READ] = pointer;
      expect(writer.write([new Uint8Array(8)])).to.equal(false);
      expect(writer.broken).to.equal(true);
    }
  });

  it('does not follow word_size, the write pointer or its own pointer in shared memory', () => {
    const ring = plainRing();
    const writer = new RingWriter(ring);
    const reader = new RingReader(ring);
    const header = new Int32Array(ring.header);
    writer.write([Uint8Array.of(1, 2, 3)]);
    header[HeaderWord.SIZE] = 3;
    header[HeaderWord.WRITE] = -5;
    writer.write([Uint8Array.of(4, 5)]);
    expect(reader.peek(100)).to.equal(3);
    reader.reclaim();
    header[HeaderWord.READ] = 77;
    expect(reader.peek(100)).to.equal(2);
    expect([...reader.bytes.subarray(reader.offset, reader.offset + 2)]).to.deep.equal([4, 5]);
  });

  describe('in shared memory', () => {
    let directory: string;
    beforeEach(() => (directory = mkdtempSync('/dev/shm/chorale-test-')));
    afterEach(() => rmSync(directory, { recursive: true, force: true }));

    it('carries messages of any length over its end, in order and unchanged', () => {
      const native = loadNative();
      const server = RingFiles.create(native, join(directory, 'r'), 8000, process.getuid!(), process.getgid!());
      const client = RingFiles.open(native, join(directory, 'r'), 8000, true);
      const writer = new RingWriter(server);
      const reader = new RingReader(client);
      expect(writer.attached).to.equal(true);
      try {
        fc.assert(
          fc.property(fc.array(fc.integer({ min: 0, max: 8000 }), { maxLength: 60 }), (lengths) => {
            let number = 0;
            const waiting: { length: number; fill: number }[] = [];
            for (const length of lengths) {
              const fill = number++ & 0xff;
              while (!writer.write([new Uint8Array(length).fill(fill)])) take(waiting.shift()!);
              server.semaphore.memory.postSemaphore(server.semaphore.offset);
              waiting.push({ length, fill });
            }
            for (const one of waiting) take(one);
            expect(reader.tryWait()).to.equal(false);
          }),
        );
      } finally {
        client.close();
        server.close();
      }

      function take({ length, fill }: { length: number; fill: number }): void {
        expect(reader.tryWait()).to.equal(true);
        expect(reader.peek(8000)).to.equal(length);
        const payload = reader.bytes.subarray(reader.offset, reader.offset + length);
        expect(payload.every((byte) => byte === fill)).to.equal(true);
        reader.reclaim();
      }
    });
  });
});
