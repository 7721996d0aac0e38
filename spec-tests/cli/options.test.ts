import { expect } from 'chai';
import { readDaemonArguments } from '../../core/cli/daemon/options.js';

describe("cli: choraled's arguments", () => {
  it('are by default a daemon in the background with the usual configuration', () => {
    expect(readDaemonArguments([])).to.deep.equal({
      kind: 'run',
      options: { config: '/etc/corosync/corosync.conf', foreground: false, withStdin: false, background: false },
    });
  });

  for (const args of [
    ['-f', '-c', 'x.conf', '-i', 'n1'],
    ['-fcx.conf', '-in1'],
    ['--foreground', '--config=x.conf', '--instance', 'n1'],
  ]) {
    it(`are read from ${args.join(' ')}`, () => {
      expect(readDaemonArguments(args)).to.deep.equal({
        kind: 'run',
        options: { config: 'x.conf', instance: 'n1', foreground: true, withStdin: false, background: false },
      });
    });
  }

  it('ask for a check with -t, whatever else is there', () => {
    expect(readDaemonArguments(['-t', '-f', '-c', 'x.conf'])).to.deep.equal({ kind: 'check', config: 'x.conf' });
    expect(readDaemonArguments(['--check-config', '-i', 'b'])).to.deep.include({ kind: 'check', instance: 'b' });
  });

  it('ask for the version with -v', () => {
    expect(readDaemonArguments(['-v'])).to.deep.equal({ kind: 'version' });
    expect(readDaemonArguments(['--version', '-t'])).to.deep.equal({ kind: 'version' });
  });

  it('print help with -h, as success', () => {
    const call = readDaemonArguments(['-h']);
    expect(call).to.include({ kind: 'text', exitCode: 0 });
    expect(call)
      .to.have.property('text')
      .that.matches(/Usage: choraled.*-c, --config <file>.*SIGHUP/s);
  });

  for (const args of [['-x'], ['-c'], ['extra'], ['-f', 'extra']]) {
    it(`refuse ${args.join(' ')} with exit code 1, as Corosync does, and point to the help`, () => {
      const call = readDaemonArguments(args);
      expect(call).to.include({ kind: 'text', exitCode: 1 });
      expect(call).to.have.property('text').that.contains('choraled -h');
    });
  }
});
