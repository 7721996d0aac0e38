import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { CsErrorCode } from '../../core/base/errors.js';
import type { Logger } from '../../core/base/logger.js';
import { MessageView } from '../../core/base/message-view.js';
import { ZeroCopyFiles } from '../../core/cli/machine/zero-copy-files.js';
import { loadNative } from '../../core/net/native.js';
import { CpgEngine } from '../../core/services/cpg/engine.js';
import type { ZeroCopyMemory } from '../../core/services/cpg/index.js';
import { RequestId, RingFn } from '../../core/services/cpg/layouts.js';
import { request } from '../../core/services/packet.js';
import { FakeClient } from '../support/fake-client.js';
import { joinRequest } from './cpg-requests.js';
import { StubRing } from './stub-ring.js';

const { OK, ERR_TRY_AGAIN, ERR_INVALID_PARAM, ERR_NOT_EXIST, ERR_NO_MEMORY, ERR_TOO_BIG } = CsErrorCode;
const HEAD = 56;

/** Memory without files: a path stands for its bytes. */
class Memory implements ZeroCopyMemory {
  readonly bytes = new Map<string, Uint8Array>();
  readonly closed: string[] = [];

  map(path: string, length: number): { bytes: Uint8Array; close(): void } {
    if (path === 'bad') throw new Error('it is bad');
    const bytes = new Uint8Array(length);
    this.bytes.set(path, bytes);
    return { bytes, close: () => this.closed.push(path) };
  }
}

const allocate = (path: string, length: number): Uint8Array =>
  request(RequestId.ZERO_COPY_ALLOCATE, 152).u64(16, length).text(24, path, 127).bytes;
const free = (address: bigint): Uint8Array => request(RequestId.ZERO_COPY_FREE, 32).u64(24, address).bytes;
const execute = (address: bigint): Uint8Array => request(RequestId.ZERO_COPY_EXECUTE, 24).u64(16, address).bytes;

function bench() {
  const ring = new StubRing(1);
  const lines: string[] = [];
  const logger: Logger = { enabled: () => true, log: (severity, text) => lines.push(`${severity} ${text}`) };
  const memory = new Memory();
  const engine = new CpgEngine({ ring, logger, zeroCopy: memory });
  const client = new FakeClient(engine, 1, 1001);
  /** A buffer with `data` in it, as the client's library fills it. */
  const buffer = (path: string, data: string, to = client, room = 100): bigint => {
    expect(to.ask(allocate(path, HEAD + room))).to.equal(OK);
    const bytes = memory.bytes.get(path)!;
    const view = new DataView(bytes.buffer);
    view.setUint32(40, 2, true);
    view.setUint32(48, data.length, true);
    bytes.set(new TextEncoder().encode(data), HEAD);
    return view.getBigUint64(8, true);
  };
  return { ring, engine, client, memory, lines, buffer };
}

describe('cpg: zero-copy buffers (services-ipc.md 1.8)', () => {
  it('multicast what lies in them, like any other message', () => {
    const { ring, client, memory, buffer } = bench();
    const address = buffer('one', 'hello');
    expect(client.ask(execute(address))).to.equal(ERR_NOT_EXIST);
    client.ask(joinRequest('grp', 1001));
    ring.sent.length = 0;
    expect(client.ask(execute(address))).to.equal(OK);
    expect(MessageView.over(client.responses.at(-1)!).i32(0)).to.equal(RequestId.MCAST);
    const [message] = ring.sent;
    expect(message!.fn).to.equal(RingFn.MCAST);
    expect(new TextDecoder().decode(message!.body.subarray(184 - 16))).to.equal('hello');
    expect(new DataView(message!.body.buffer).getUint32(152 - 16, true)).to.equal(5);
    ring.full = true;
    expect(client.ask(execute(address))).to.equal(ERR_TRY_AGAIN);
    expect(client.ask(free(address))).to.equal(OK);
    expect(memory.closed).to.deep.equal(['one']);
    expect([client.ask(execute(address)), client.ask(free(address))]).to.deep.equal([ERR_NOT_EXIST, ERR_NOT_EXIST]);
  });

  it('belong to their client, and go with it', () => {
    const { engine, client, memory, buffer } = bench();
    const other = new FakeClient(engine, 2, 1002);
    other.ask(joinRequest('grp', 1002));
    const address = buffer('one', 'secret');
    buffer('two', 'more');
    const theirs = buffer('theirs', 'x', other);
    expect([other.ask(execute(address)), other.ask(free(address))]).to.deep.equal([ERR_NOT_EXIST, ERR_NOT_EXIST]);
    client.disconnect();
    expect(memory.closed).to.deep.equal(['one', 'two']);
    expect(other.ask(execute(theirs))).to.equal(OK);
    engine.stop();
    expect(memory.closed).to.deep.equal(['one', 'two', 'theirs']);
  });

  it('are refused when they cannot be used, and believe no length', () => {
    const { client, memory, lines, buffer } = bench();
    client.ask(joinRequest('grp', 1001));
    expect(client.ask(allocate('bad', 100))).to.equal(ERR_INVALID_PARAM);
    expect(lines.at(-1)).to.include('it is bad');
    expect(client.ask(allocate('short', HEAD - 1))).to.equal(ERR_INVALID_PARAM);
    const address = buffer('one', 'hello', client, 10);
    const view = new DataView(memory.bytes.get('one')!.buffer);
    view.setUint32(48, 11, true);
    expect(client.ask(execute(address))).to.equal(ERR_INVALID_PARAM);
    view.setUint32(48, 0xffffffff, true);
    expect(client.ask(execute(address))).to.equal(ERR_TOO_BIG);
    view.setUint32(48, 10, true);
    expect(client.ask(execute(address))).to.equal(OK);
  });

  it('are bounded in number and size', () => {
    const { client } = bench();
    expect(client.ask(allocate('huge', 64 * 1024 * 1024 + 1))).to.equal(ERR_NO_MEMORY);
    for (let i = 0; i < 64; i++) expect(client.ask(allocate(`${i}`, 100))).to.equal(OK);
    expect(client.ask(allocate('64', 100))).to.equal(ERR_NO_MEMORY);
  });
});

describe('the files of zero-copy buffers', () => {
  const native = loadNative();
  const files = new ZeroCopyFiles(native);
  const uid = process.getuid!();
  const name = `corosync_zerocopy-${(process.pid % 1e6).toString().padStart(6, 'x')}`;
  const path = `/dev/shm/${name}`;
  const leftovers = (): string[] => readdirSync('/dev/shm').filter((entry) => entry.startsWith('chorale-zerocopy-'));

  beforeEach(() => writeFileSync(path, new Uint8Array(4096).fill(7), { mode: 0o600 }));
  afterEach(() => {
    rmSync(path, { force: true, recursive: true });
    rmSync(`${path}.other`, { force: true });
    expect(leftovers()).to.deep.equal([]);
  });

  it('are mapped, and lose their names', () => {
    const mapping = files.map(path, 4096, { uid });
    expect(existsSync(path)).to.equal(false);
    expect(mapping.bytes).to.deep.equal(new Uint8Array(4096).fill(7));
    mapping.close();
  });

  it('are refused elsewhere', () => {
    for (const where of ['/etc/passwd', '/dev/shm/other-abcdef', `/dev/shm/../dev/shm/${name}`, `${path}/`, '', 'x']) {
      expect(() => files.map(where, 100, { uid }), where).to.throw('is not where the library makes such files');
    }
  });

  it('are refused if they are another user’s, too short, links or no files', () => {
    expect(() => files.map(path, 4096, { uid: uid + 1 })).to.throw(`belongs to user ${uid}`);
    writeFileSync(path, new Uint8Array(4095));
    expect(() => files.map(path, 4096, { uid })).to.throw('has 4095 bytes, not 4096');
    writeFileSync(`${path}.other`, new Uint8Array(4096));
    rmSync(path);
    linkSync(`${path}.other`, path);
    expect(() => files.map(path, 4096, { uid })).to.throw('is no file of its own');
    rmSync(path);
    symlinkSync(`${path}.other`, path);
    expect(() => files.map(path, 4096, { uid })).to.throw('is no file of its own');
    expect(statSync(`${path}.other`).size).to.equal(4096);
    rmSync(path);
    expect(() => files.map(path, 4096, { uid })).to.throw('ENOENT');
    mkdirSync(path);
    expect(() => files.map(path, 4096, { uid })).to.throw();
  });
});
