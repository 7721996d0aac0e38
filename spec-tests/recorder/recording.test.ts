import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { requestMessage } from '../../core/base/client-message.js';
import { silentLogger } from '../../core/base/logger.js';
import { BlockFile } from '../../core/host/recorder/block-file.js';
import { BLOCK_HEADER_BYTES, DATA_BLOCK, MAGIC, Tag } from '../../core/host/recorder/format.js';
import { isInput, parseRecording, readRecording, RecordingError } from '../../core/host/recorder/recording.js';
import type { Recording } from '../../core/host/recorder/recording.js';
import { Replay } from '../../core/host/recorder/replay.js';
import type { ReplayOutcome } from '../../core/host/recorder/replay.js';
import { DEFAULT_RING_PARAMETERS } from '../../core/totem/srp/parameters.js';
import { seededRandom } from '../support/ring-fake.js';
import { echo } from './echo.js';
import type { EchoTraits } from './echo.js';
import { RecordedCluster, replayed, stateOf } from './recorded-cluster.js';

/** A recording of a node of two, with its kinds of inputs. */
async function record(): Promise<{ bytes: Buffer; state: unknown; kinds: Set<number> }> {
  const cluster = new RecordedCluster([1, 2], () => [echo()]);
  const kinds = new Set<number>();
  cluster.startAll();
  const recorder = cluster.recorders.get(1)!;
  const begin = recorder.begin.bind(recorder);
  recorder.begin = (tag) => {
    kinds.add(tag);
    begin(tag);
  };
  await cluster.formed(1, 2);
  const connection = cluster.node(1).connect('echo');
  for (let i = 0; i < 20; i++) {
    const answer = connection.request(requestMessage(0, i % 2 === 0 ? LONG : undefined));
    await cluster.clock.advance(100);
    await answer;
  }
  cluster.node(1).reform();
  for (let i = 0; i < 100; i++) {
    connection.send(requestMessage(1));
    await cluster.clock.advance(0.5);
  }
  await cluster.clock.advance(2000);
  connection.close();
  cluster.node(1).reconfigure(
    cluster.node(1).members.map((nodeId) => ({ nodeId, address: `10.0.0.${nodeId}` })),
    {
      ...DEFAULT_RING_PARAMETERS,
      tokenMs: 1500,
    },
  );
  await cluster.clock.advance(500);
  expect(cluster.node(1).dump()['services']).to.have.deep.nested.property('echo.heard', 120);
  void cluster.node(1).leave();
  await cluster.clock.advance(500);
  cluster.close();
  const bytes = readFileSync(cluster.file(1));
  const state = stateOf(cluster.node(1));
  cluster.dispose();
  return { bytes, state, kinds };
}

async function replayBytes(recording: Recording, traits: EchoTraits = {}): Promise<ReplayOutcome> {
  const replay = new Replay(recording, true);
  replay.begin({ loggerOf: () => silentLogger, plugins: [echo(traits)] });
  return replay.run();
}

/** Fills blocks. */
const LONG = new Uint8Array(20_000);

describe('a recording', () => {
  let bytes: Buffer;
  let state: unknown;
  let kinds: Set<number>;
  let directory: string;
  const path = (name: string): string => join(directory, name);
  const copy = (length = bytes.length): Uint8Array => Uint8Array.prototype.slice.call(bytes, 0, length);
  const refusal = (broken: Uint8Array): string => {
    try {
      parseRecording(broken, 'FILE');
    } catch (error) {
      expect(error).to.be.instanceOf(RecordingError);
      return (error as Error).message;
    }
    throw new Error('it was taken');
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-recording-'));
    ({ bytes, state, kinds } = await record());
  });
  after(() => rmSync(directory, { recursive: true }));

  it('has every kind of input in it, and is replayed to the same state', async () => {
    // START came before anybody could look; commands and crashes are in the tests of daemons and clusters.
    const all = Object.values(Tag).filter((tag) => isInput(tag));
    expect([...kinds].sort((a, b) => a - b)).to.deep.equal(
      all.filter((tag) => tag !== Tag.START && tag !== Tag.CRASH && tag !== Tag.COMMAND),
    );
    writeFileSync(path('whole'), bytes);
    const { node, outcome } = await replayed(path('whole'), [echo()]);
    expect(outcome.difference, JSON.stringify(outcome)).to.equal(undefined);
    expect(stateOf(node)).to.deep.equal(state);
  });

  for (const [what, traits, kind] of [
    ['answers', { answer: 'another' }, 'answers to clients'],
    ['messages', { sent: 'more' }, 'frames sent'],
    ['stored bytes', { stored: 'other' }, 'bytes stored'],
    ['questions', { asksClock: false }, 'inputs'],
  ] as const) {
    it(`shows that a replay has other ${what} than the recorded node`, async () => {
      const { difference } = await replayBytes(parseRecording(copy(), 'FILE'), traits);
      expect(difference).to.include({ kind });
      expect(difference!.timeUs).to.be.greaterThan(0).and.lessThan(10_000_000);
    });
  }

  it('that was cut off anywhere is replayed up to there, or refused', async () => {
    const random = seededRandom(7);
    let before = -1;
    for (const length of Array.from({ length: 24 }, () => random(bytes.length)).sort((a, b) => a - b)) {
      let recording: Recording;
      try {
        recording = parseRecording(copy(length), 'FILE');
      } catch (error) {
        expect((error as Error).message).to.match(/no recording|cut off at its beginning/);
        continue;
      }
      expect(recording.stop).to.equal('cut off');
      const { difference, inputs } = await replayBytes(recording);
      expect(difference, `${length} bytes`).to.equal(undefined);
      expect(inputs).to.equal(recording.inputs).and.at.least(before);
      before = inputs;
    }
    expect(before).to.be.greaterThan(0);
  });

  it('with a changed byte ends before that block', async () => {
    const random = seededRandom(8);
    for (let run = 0; run < 12; run++) {
      const broken = copy();
      broken[MAGIC.length + random(broken.length - MAGIC.length)]! ^= 1 + random(255);
      let recording: Recording;
      try {
        recording = parseRecording(broken, 'FILE');
      } catch (error) {
        expect(error).to.be.instanceOf(RecordingError);
        continue;
      }
      expect((await replayBytes(recording)).difference).to.equal(undefined);
    }
  });

  it('that was written by an enemy is refused, or shows a difference, and harms nothing', async () => {
    const random = seededRandom(9);
    let refused = 0;
    let different = 0;
    for (let run = 0; run < 60; run++) {
      const broken = copy();
      for (let left = 1 + random(3); left > 0; left--) {
        // Behind the header and the long requests, most of the time.
        const at = run % 10 === 0 ? 40 + random(600) : broken.length - 1 - random(8000);
        broken[at] = random(256);
      }
      seal(broken);
      try {
        const { difference } = await replayBytes(parseRecording(broken, 'FILE'));
        if (difference !== undefined) different++;
      } catch (error) {
        if (run % 10 !== 0) expect(error, String((error as Error).stack)).to.be.instanceOf(RecordingError);
        refused++;
      }
    }
    expect(refused).to.be.greaterThan(0);
    expect(different).to.be.greaterThan(0);
  });

  it('is not any other file', () => {
    expect(refusal(new Uint8Array(0))).to.match(/FILE is no recording of a flight recorder/);
    expect(refusal(Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff))).to.match(/is no recording/);
    expect(refusal(copy(MAGIC.length))).to.match(/nothing of it can be replayed/);
    expect(() => readRecording(path('missing'))).to.throw(RecordingError, /cannot be read: ENOENT/);
    expect(() => readRecording(directory)).to.throw(RecordingError, /no regular file/);
  });

  it('is bounded: it ends in good order when it has all its bytes, and the node goes on', async () => {
    const cluster = new RecordedCluster([1, 2], () => [echo()]);
    cluster.limit = 200_000;
    cluster.startAll();
    await cluster.formed(1, 2);
    const connection = cluster.node(1).connect('echo');
    for (let i = 0; i < 20; i++) {
      void connection.request(requestMessage(0, LONG));
      await cluster.clock.advance(50);
    }
    expect(cluster.stops.join()).to.match(/has stopped \(full\): it has all of its 200000 bytes/);
    cluster.close();
    expect(statSync(cluster.file(1)).size).to.be.at.most(200_000);
    expect(cluster.node(1).dump()['recorder']).to.include({ state: 'full' });
    const recording = readRecording(cluster.file(1));
    expect(recording.stop).to.equal('full');
    expect((await replayBytes(recording)).difference).to.equal(undefined);
    expect(cluster.node(1).state).to.equal('operational');
    cluster.dispose();
  });

  it('ends when the disk does not keep up; what calls it never waits', () => {
    const stops: string[] = [];
    const file = new BlockFile(path('slow'), 1e9, (reason) => stops.push(reason));
    const piece = new Uint8Array(100_000);
    // No turn of the event loop, so no block is reported written.
    for (let i = 0; i < 200; i++) file.copy(piece, 0, piece.length);
    expect(stops).to.deep.equal(['behind']);
    expect(file.bytes).to.be.lessThan(9e6);
    file.close();
  });

  it('never takes the place of what is no file', () => {
    symlinkSync('/dev/null', path('link'));
    const open = (name: string) => (): BlockFile => new BlockFile(name, 1e6, () => undefined);
    expect(open(path('link'))).to.throw(/is there already and is no regular file/);
    expect(open('/dev/null')).to.throw(/is there already and is no regular file/);
  });
});

/** Gives every data block the CRC of its bytes again. */
function seal(file: Uint8Array): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = MAGIC.length; at + BLOCK_HEADER_BYTES <= file.length;) {
    const size = view.getUint32(at + 4, true);
    const start = at + BLOCK_HEADER_BYTES;
    if (view.getUint32(at, true) !== DATA_BLOCK || start + size > file.length) return;
    view.setUint32(at + 12, crc32(file.subarray(start, start + size)), true);
    at = start + size;
  }
}
