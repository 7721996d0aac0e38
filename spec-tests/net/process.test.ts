import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadNative } from '../../core/net/native.js';

const ADDON = fileURLToPath(new URL('../../native/build/Release/chorale.node', import.meta.url));

/** Runs `body` in a Node process of its own, with the addon as `native`; `report(value)` comes back as its result. */
function run(body: string, env: Record<string, string> = {}, flags: readonly string[] = []): unknown {
  const prologue = `const native = require(${JSON.stringify(ADDON)}); const report = (v) => console.log(JSON.stringify(v));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '-e', prologue + body], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect(status, stderr).to.equal(0);
  return JSON.parse(stdout);
}

describe('net: process helpers of the native driver', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-process-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('lock a pid file against another process, and say who has it', async () => {
    const path = join(directory, 'choraled.pid');
    writeFileSync(path, 'what an earlier run left, and longer than a process id\n');
    const body = `console.log(JSON.stringify(native.lockPidFile(${JSON.stringify(path)}))); process.stdin.resume();`;
    const holder: ChildProcess = spawn(
      process.execPath,
      ['-e', `const native = require(${JSON.stringify(ADDON)});${body}`],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(holder.stdout!, 'data')) as [Buffer];
    expect(JSON.parse(line.toString())).to.deep.equal({ locked: true, pid: holder.pid });
    expect(readFileSync(path, 'utf8')).to.equal(`${holder.pid}\n`);
    expect(loadNative().lockPidFile(path)).to.deep.equal({ locked: false, pid: holder.pid });
    expect(readFileSync(path, 'utf8')).to.equal(`${holder.pid}\n`);
    holder.stdin!.end();
    await once(holder, 'exit');
    const next = run(`report(native.lockPidFile(${JSON.stringify(path)}))`) as { locked: boolean };
    expect(next.locked).to.equal(true);
  });

  it('throw a system error where a pid file cannot be', () => {
    expect(() => loadNative().lockPidFile(join(directory, 'missing', 'x.pid')))
      .to.throw('x.pid')
      .with.property('code', 'ENOENT');
    expect(() => loadNative().lockPidFile('a\0b')).to.throw(TypeError);
  });

  for (const [form, name] of [
    ['a path', (dir: string) => join(dir, 'notify')],
    ['an abstract name', () => `@chorale-test-${process.pid}`],
  ] as const) {
    it(`tell systemd through ${form}`, async () => {
      const socket = name(directory);
      const listener = spawn(
        'python3',
        [
          '-c',
          'import socket,sys\n' +
            's=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n' +
            'n=sys.argv[1]\n' +
            's.bind("\\0"+n[1:] if n[0]=="@" else n)\n' +
            'print("bound",flush=True)\n' +
            'print(s.recv(1000).decode(),flush=True)',
          socket,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let heard = '';
      listener.stdout.on('data', (bytes: Buffer) => (heard += bytes.toString()));
      await once(listener.stdout, 'data');
      expect(run(`report(native.sdNotify('READY=1\\nSTATUS=ring formed'))`, { NOTIFY_SOCKET: socket })).to.equal(true);
      await once(listener, 'close');
      expect(heard).to.equal('bound\nREADY=1\nSTATUS=ring formed\n');
    });
  }

  it('tell nobody without NOTIFY_SOCKET, and give the error of one that is dead', () => {
    expect(run(`delete process.env.NOTIFY_SOCKET; report(native.sdNotify('READY=1'))`, { NOTIFY_SOCKET: '' })).to.equal(
      false,
    );
    const dead = `try { native.sdNotify('READY=1') } catch (error) { report(error.code) }`;
    expect(run(dead, { NOTIFY_SOCKET: join(directory, 'nobody') })).to.equal('ENOENT');
    expect(run(dead, { NOTIFY_SOCKET: 'relative' })).to.equal('EINVAL');
  });

  it('set the nice value of every thread', () => {
    const nices = run(
      `native.setNice(7); const fs = require('node:fs');
       report(fs.readdirSync('/proc/self/task').map((t) =>
         fs.readFileSync('/proc/self/task/' + t + '/stat', 'utf8').split(') ')[1].split(' ')[16]));`,
    ) as string[];
    expect(nices.length).to.be.greaterThan(1);
    expect(new Set(nices)).to.deep.equal(new Set(['7']));
  });

  it('set real-time priority, or say that it is not allowed', () => {
    const range = loadNative().roundRobinRange();
    expect(range).to.deep.equal({ min: 1, max: 99 });
    const result = run(
      `let code = null; try { native.setRoundRobin(1) } catch (error) { code = error.code }
       const stat = require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
       report({ code, priority: Number(stat[37]), policy: Number(stat[38]) });`,
    );
    expect([
      { code: null, priority: 1, policy: 2 },
      { code: 'EPERM', priority: 0, policy: 0 },
    ]).to.deep.include(result);
    expect(() => loadNative().setRoundRobin(1000))
      .to.throw('SCHED_RR')
      .with.property('code', 'EINVAL');
  });

  it('lock memory as it is touched, or say that it is not allowed', () => {
    const result = run(
      `const status = () => require('node:fs').readFileSync('/proc/self/status', 'utf8');
       const locked = () => Number(/VmLck:\\s*(\\d+)/.exec(status())[1]);
       const before = new native.Arena(2048, 40960, 256);
       let code = null; try { native.lockMemory() } catch (error) { code = error.code }
       const first = locked();
       const after = new native.Arena(2048, 40960, 256);
       report({ code, first, more: locked() - first, kept: before.slots + after.slots });`,
    ) as { code: string | null; first: number; more: number };
    if (result.code === null) {
      expect(result.first).to.be.greaterThan(100000);
      expect(result.more).to.be.closeTo(98304, 16384);
    } else {
      expect(result.code).to.be.oneOf(['EPERM', 'ENOMEM', 'EAGAIN']);
    }
  });

  it('leave V8 its pages to give back after that, at work and at the end', () => {
    // V8 ends the process if it cannot: mlockall() would show here.
    const turns = run(
      `try { native.lockMemory() } catch { /* without the right to it there is nothing to see */ }
       let keep = [];
       for (let i = 0; i < 3000; i++) {
         keep.push(new Array(20000).fill(i));
         new Function('return ' + i)();
         if (keep.length === 1000) { keep = []; gc(); }
       }
       report(3000);`,
      {},
      ['--expose-gc'],
    );
    expect(turns).to.equal(3000);
  });
});
