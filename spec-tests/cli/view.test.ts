import { expect } from 'chai';
import fc from 'fast-check';
import { ansiStyle, plainStyle } from '../../core/cli/commands/style.js';
import { EventLog } from '../../core/cli/demo/event-log.js';
import { readLogLine, tellsOfTheCluster } from '../../core/cli/demo/log-line.js';
import { Screen, clip } from '../../core/cli/demo/screen.js';
import { view } from '../../core/cli/demo/view.js';
import type { DemoModel, NodeView } from '../../core/cli/demo/view.js';

const DIGEST = '3fa9c1d20011aabb';

function node(id: number, changes: Partial<NodeView> = {}): NodeView {
  return {
    id,
    address: `127.0.0.${id}`,
    pid: 4000 + id,
    life: 'up',
    status: {
      nodeId: id,
      state: 'operational',
      ringId: '1.1d',
      members: [1, 2, 3],
      rotationMs: 0.123,
      rates: { sent: 100.4, delivered: 300.2, retransmitted: 0, tokens: 5000 },
      services: [],
    },
    progress: { epoch: 'ring 1.1d with 1 2 3', position: 1240, commonPosition: 1234, digest: DIGEST },
    ...changes,
  };
}

const MODEL: DemoModel = {
  elapsedMs: 83_000,
  nodes: [node(1), node(2), node(3)],
  compared: 4312,
  faults: [],
  rate: 100,
  leaving: false,
  events: Array.from({ length: 60 }, (_, i) => ({ atMs: 1000 * i, nodes: i % 2 ? [1, 2] : [], text: `event ${i}` })),
};

const DOWN = node(3, { life: 'killed', pid: 0, status: undefined, progress: undefined });

describe('cli: the live view', () => {
  it('shows every node, its ring and its order, and the last events, at 80x24', () => {
    const lines = view(MODEL, 80, 24, plainStyle);
    const text = lines.join('\n');
    expect(text).to.match(/^ 1 +127\.0\.0\.1 +operational +1\.1d +1 2 3 +0\.12 ms +100 +300$/m);
    expect(text).to.match(new RegExp(`^ 2 +#1234 +${DIGEST}  same  since ring 1\\.1d with 1 2 3$`, 'm'));
    expect(text).to.contain(' 4312 messages compared: the same order everywhere');
    expect(text).to.contain('event 59').and.to.not.contain('event 20');
    expect(lines.at(-1)).to.equal(' 1 2 3 kill    t let one leave    s speed 100/s    q quit');
  });

  it('shows a node that was killed, and offers to start it', () => {
    const text = view({ ...MODEL, nodes: [node(1), node(2), DOWN] }, 80, 24, plainStyle).join('\n');
    expect(text).to.match(/^ 3 +127\.0\.0\.3 +killed/m);
    expect(text).to.contain(' 1 2 kill    3 start ');
  });

  it('does not call a node that is alone the same as others', () => {
    const alone = node(3, { progress: { ...node(3).progress!, epoch: 'ring 3.5 with 3' } });
    const text = view({ ...MODEL, nodes: [node(1), node(2), alone] }, 80, 24, plainStyle).join('\n');
    expect(text).to.match(/^ 3 +#1234 +[0-9a-f]+ {2}alone {2}since ring 3\.5 with 3$/m);
    expect(text).to.match(/^ 1 +#1234 +[0-9a-f]+ {2}same /m);
  });

  it('shows which digest differs, and what is wrong', () => {
    const odd = node(2, { progress: { ...node(2).progress!, digest: '0000000000000000' } });
    const text = view({ ...MODEL, nodes: [node(1), odd, node(3)], faults: ['it differs'] }, 80, 24, plainStyle).join(
      '\n',
    );
    expect(text).to.match(/^ 2 +#1234 +0000000000000000 {2}DIFFERENT/m);
    expect(text).to.contain('4312 messages compared: it differs');
  });

  it('leaves out columns, the least important first, where there is no room', () => {
    const head = (width: number): string => view(MODEL, width, 24, plainStyle).find((line) => line.includes(' state'))!;
    expect(head(120)).to.contain('pid').and.to.contain('address').and.to.contain('delivered/s');
    expect(head(80)).to.contain('address').and.to.not.contain('pid');
    expect(head(70)).to.contain('delivered/s').and.to.not.contain('address');
    expect(head(30)).to.contain('state').and.to.not.contain('token');
  });

  it('fills the terminal exactly, whatever its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 15, max: 90 }),
        fc.boolean(),
        (width, height, dead) => {
          const model = dead ? { ...MODEL, nodes: [node(1), node(2), DOWN], leaving: true } : MODEL;
          expect(view(model, width, height, ansiStyle)).to.have.length(height);
        },
      ),
    );
  });
});

describe('cli: the screen', () => {
  const ESC = '\u001b';

  function terminal(columns: number, rows: number) {
    const written: string[] = [];
    return { columns, rows, written, write: (text: string) => written.push(text) > 0 };
  }

  it('writes only lines that have changed', () => {
    const out = terminal(20, 3);
    const screen = new Screen(out as never);
    screen.enter();
    screen.draw(['one', 'two', 'three']);
    out.written.splice(0);
    screen.draw(['one', 'TWO', 'three']);
    expect(out.written.join('')).to.contain(`${ESC}[2;1HTWO`).and.to.not.contain('one').and.to.not.contain('three');
    out.written.splice(0);
    screen.draw(['one', 'TWO', 'three']);
    expect(out.written).to.deep.equal([]);
  });

  it('writes everything anew when the size has changed', () => {
    const out = terminal(20, 2);
    const screen = new Screen(out as never);
    screen.enter();
    screen.draw(['one', 'two']);
    out.written.splice(0);
    screen.forget();
    screen.draw(['one', 'two']);
    expect(out.written.join('')).to.contain('one').and.to.contain('two');
  });

  it('gives the terminal back once, and writes nothing on it after that', () => {
    const out = terminal(20, 2);
    const screen = new Screen(out as never);
    screen.enter();
    screen.leave();
    expect(out.written.at(-1)).to.contain(`${ESC}[?1049l`).and.to.contain(`${ESC}[?25h`).and.to.contain(`${ESC}[?7h`);
    const count = out.written.length;
    screen.leave();
    screen.draw(['x']);
    screen.forget();
    expect(out.written).to.have.length(count);
  });

  it('cuts lines to the width; escape sequences take none, and end with the line', () => {
    expect(clip('abcdef', 3)).to.equal('abc');
    expect(clip('abc', 3)).to.equal('abc');
    expect(clip(`${ESC}[31mabcdef${ESC}[39m`, 3)).to.equal(`${ESC}[31mabc${ESC}[0m`);
    expect(clip(`${ESC}[31mabc${ESC}[39m`, 3)).to.equal(`${ESC}[31mabc${ESC}[39m`);
  });
});

describe('cli: events of the demonstration', () => {
  it('are one when several nodes tell of one change, and several when it happens again', () => {
    const log = new EventLog();
    log.add({ atMs: 0, nodes: [2], text: 'left: 3' });
    log.add({ atMs: 10, nodes: [2], text: 'failed: 3' });
    log.add({ atMs: 20, nodes: [1], text: 'left: 3' });
    log.add({ atMs: 9000, nodes: [1], text: 'left: 3' });
    log.add({ atMs: 9001, nodes: [], text: 'killed' });
    log.add({ atMs: 9002, nodes: [], text: 'killed' });
    expect(log.last(10).map(({ nodes, text }) => `${nodes.join(' ')} ${text}`)).to.deep.equal([
      '1 2 left: 3',
      '2 failed: 3',
      '1 left: 3',
      ' killed',
      ' killed',
    ]);
    expect(log.last(1)).to.have.length(1);
    expect(log.last(0)).to.deep.equal([]);
  });

  it('are those lines of the logs that tell who comes and goes, and what goes wrong', () => {
    const told = (line: string): boolean => tellsOfTheCluster(readLogLine(line));
    expect(told('notice  [TOTEM ] A new membership (1.5) was formed. Members joined: 1')).to.equal(true);
    expect(told('error   [CPG   ] something is wrong')).to.equal(true);
    expect(told('notice  [MAIN  ] Node was shut down by a signal (SIGTERM)')).to.equal(true);
    expect(told('SyntaxError: not a line of the log')).to.equal(true);
    expect(told('warning [MAIN  ] Could not lock memory')).to.equal(false);
    expect(told('notice  [MAIN  ] Chorale Cluster Engine 0.1.0 starting up')).to.equal(false);
    expect(told('info    [TOTEM ] detail')).to.equal(false);
  });
});
