import { expect } from 'chai';
import fc from 'fast-check';
import { ratesBetween } from '../../core/cli/commands/top/rates.js';
import { topLine, topView } from '../../core/cli/commands/top/top-view.js';
import type { TopModel } from '../../core/cli/commands/top/top-view.js';
import { ansiStyle, plainStyle } from '../../core/cli/commands/style.js';
import type { Overview } from '../../core/ipc/overview.js';
import { client, overview, without } from './overviews.js';

const before = overview();
const totals = { ...before.totals, sent: 300, delivered: 900, tokens: 1010, bytesSent: 1_004_000 };
const after = overview({
  nowMs: before.nowMs + 2000,
  totals,
  clients: [client(7, 'g', 300, 1000), client(8, 'h', 5, 6), client(9, 'g', 40, 0)],
});

const model = (changes: Partial<TopModel> = {}): TopModel => ({
  overview: after,
  rates: ratesBetween(before, after),
  problem: undefined,
  paused: false,
  help: false,
  sort: 'requests',
  delaySeconds: 1,
  ...changes,
});

describe('cli: rates of chorale top', () => {
  it("are growth by the daemon's time, of the node, each client and each group", () => {
    const rates = ratesBetween(before, after);
    expect(rates).to.include({ sent: 100, delivered: 300, tokens: 5, bytesSent: 2000, retransmitted: 0 });
    expect(rates.clients).to.deep.equal({
      7: { requests: 100, events: 300 },
      8: { requests: 0, events: 0 },
      9: { requests: 20, events: 0 },
    });
    expect(rates.groups).to.deep.equal({ g: { requests: 120, events: 300 }, h: { requests: 0, events: 0 } });
  });

  it('are 0 at the first picture and after a restart of the daemon, never negative', () => {
    const restarted = overview({ startedMs: after.nowMs, nowMs: after.nowMs + 1, totals: before.totals });
    for (const rates of [ratesBetween(undefined, after), ratesBetween(after, restarted)]) {
      expect(rates.sent).to.equal(0);
      for (const rate of Object.values(rates.clients)) expect(rate).to.deep.equal({ requests: 0, events: 0 });
    }
  });
});

describe('cli: the picture of chorale top', () => {
  it('fits every terminal, the keys on its last line', () => {
    const sizes = fc.tuple(fc.integer({ min: 20, max: 200 }), fc.integer({ min: 2, max: 60 }));
    const property = fc.property(sizes, fc.boolean(), ([width, height], help) => {
      const lines = topView(model({ help }), width, height, plainStyle);
      expect(lines.length).to.equal(height);
      expect(lines.at(-1)).to.match(/^ q quit/);
    });
    fc.assert(property);
  });

  it('has everything on 80 columns and 24 lines', () => {
    const text = topView(model(), 80, 24, plainStyle).join('\n');
    for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(80);
    expect(text).to.match(/chorale top: node 2 \(n2\)/);
    expect(text).to.match(/operational, quorate: 3 of 3 votes, 2 needed/);
    expect(text).to.match(/ring 1\.9: 1 2 3/);
    expect(text).to.contain('100/s sent').and.to.contain('300/s delivered');
    expect(text).to.match(/^ g +2 +120 +300$/m);
    expect(text).to.match(/^ 1007 +app +cpg +100 +300 +0 +g$/m);
  });

  it('sorts groups and clients as asked', () => {
    const order = (sort: TopModel['sort']): string[] =>
      topView(model({ sort }), 80, 30, plainStyle).flatMap((line) => /^ (100\d) +app/.exec(line)?.[1] ?? []);
    expect(order('requests')).to.deep.equal(['1007', '1009', '1008']);
    expect(order('events')[0]).to.equal('1007');
  });

  it('says that the daemon is gone and keeps the last picture', () => {
    const text = topView(model({ problem: 'no daemon listens; trying again' }), 80, 24, plainStyle).join('\n');
    expect(text).to.contain('no daemon listens; trying again').and.to.contain('ring 1.9');
  });

  it('shows help and pause', () => {
    expect(topView(model({ help: true }), 80, 24, plainStyle).join('\n')).to.contain('q, Ctrl-C  quit');
    expect(topView(model({ paused: true }), 80, 24, ansiStyle).at(-1)).to.contain('paused');
  });

  it('is one line where there is no terminal', () => {
    const line = topLine(after, ratesBetween(before, after));
    expect(line).to.match(/operational {2}quorate {2}ring 1\.9 {2}members 1,2,3 {2}token 0\.25 ms {2}sent 100\/s/);
    const alone: Overview = { ...after, status: { ...without(after.status, 'ringId'), members: [] } };
    expect(topLine(alone, ratesBetween(undefined, alone))).to.contain('ring none  members none');
  });
});
