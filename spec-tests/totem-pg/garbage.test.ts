import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const LOAD = fileURLToPath(new URL('loop-load.ts', import.meta.url));

/** Bytes of garbage a message, in a process whose young generation is never collected meanwhile. */
function garbage(size: number, count: number): number {
  const node = [
    '--expose-gc',
    '--min-semi-space-size=128',
    '--max-semi-space-size=128',
    '--import',
    'tsx',
    LOAD,
    String(size),
    String(count),
  ];
  // Nothing that this process was started with may load the other one.
  const env = { ...process.env, NODE_OPTIONS: '' };
  return (JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8', env })) as { garbage: number }).garbage;
}

describe('packing: garbage', () => {
  it('makes none for a small message, sent and received', () => {
    expect(garbage(64, 1_000_000)).to.be.lessThan(1);
  });

  it('makes some for a cut in a frame only, not for what is cut', () => {
    // 72 frames: two views of what is copied for each.
    expect(garbage(100_000, 1000)).to.be.lessThan(72 * 2 * 200);
  });
});
