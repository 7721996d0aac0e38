import { expect } from 'chai';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDirectory, socketPath } from '../../core/ipc/socket-path.js';

describe("the path of a daemon's socket", () => {
  it('follows from instance, user and environment', () => {
    expect(socketPath('choraled-a', { CHORALE_RUN_DIR: '/here' })).to.equal('/here/choraled-a.sock');
    const usual = socketPath('choraled', { XDG_RUNTIME_DIR: '/run/user/7' });
    const expected = process.getuid!() === 0 ? '/run/chorale/choraled.sock' : '/run/user/7/chorale/choraled.sock';
    expect(usual).to.equal(expected);
  });

  it('is in a directory for its owner only; what is wrong with it is said with what to do', () => {
    const directory = mkdtempSync(join(tmpdir(), 'chorale-path-'));
    try {
      prepareDirectory(join(directory, 'run', 'node.sock'));
      expect(statSync(join(directory, 'run')).mode & 0o777).to.equal(0o700);
      expect(() => prepareDirectory(`${'/long'.repeat(30)}/node.sock`)).to.throw(/107 are the most.*CHORALE_RUN_DIR/);
      writeFileSync(join(directory, 'file'), '');
      expect(() => prepareDirectory(join(directory, 'file', 'run', 'node.sock'))).to.throw(/CHORALE_RUN_DIR/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
