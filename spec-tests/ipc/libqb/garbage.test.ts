import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const LOAD = fileURLToPath(new URL('cpg-load.ts', import.meta.url));
/** Of a view of a typed array, with some to spare: what the turns of the event loop make is shared by many messages. */
const VIEW_BYTES = 120;

/** Bytes of garbage a message, in a process whose young generation is never collected meanwhile. */
function garbage(size: number, count: number): number {
  const young = ['--min-semi-space-size=256', '--max-semi-space-size=256'];
  const node = ['--expose-gc', ...young, '--import', 'tsx', LOAD, String(size), String(count)];
  // Nothing that this process was started with may load the other one.
  const env = { ...process.env, NODE_OPTIONS: '' };
  return (JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8', env })) as { garbage: number }).garbage;
}

describe('garbage of a CPG message on its way from a client to a client', function () {
  this.timeout(120_000);

  it('of 64 B is a view of its contents on each half of the way', () => {
    expect(garbage(64, 100_000)).to.be.lessThan(2 * VIEW_BYTES + 20);
  });

  it('of 1000 B is that and the views of what is cut at frame borders', () => {
    expect(garbage(1000, 50_000)).to.be.lessThan(5 * VIEW_BYTES);
  });

  it('of 64 KiB is a few views a frame, and no copy', () => {
    expect(garbage(65536, 500)).to.be.lessThan(47 * 3 * VIEW_BYTES);
  });
});
