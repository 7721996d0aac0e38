import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { logAxis } from '../../bench/compare/log-axis.js';
import { pictureOf } from '../../bench/compare/picture.js';
import { readReport, writeReport } from '../../bench/compare/report.js';
import { markdownOf, short, textOf, withTable } from '../../bench/compare/table.js';
import { jobOf, jobsOf, measured, reportWith } from './fixture.js';

const flood = jobOf('flood', 'flood', 64);
const failed = { ring: flood.ring.name, work: 'flood 64 B', system: 'corosync' as const, run: 3, error: 'lost\nmore' };
const REPORT = reportWith(
  ['flood', 'ping'],
  [
    ...measured(flood, 'chorale', 'messagesPerSecond', 123_456, 234_567, 345_678),
    ...measured(flood, 'corosync', 'messagesPerSecond', 100_000, 100_000),
    failed,
  ],
);

describe('the table of a comparison', () => {
  it('has medians, least and most, ratio, goal and whether it is met', () => {
    const text = textOf(REPORT);
    expect(text).to.match(
      /flood 64 B +│ messages\/s │ 235,000 \(123,000 to 346,000\) │ 100,000 \(100,000 to 100,000\) │ 2\.35 +│ 2x or more │ yes/,
    );
  });

  it('says how it was measured, and what failed', () => {
    for (const text of [textOf(REPORT), markdownOf(REPORT, 'picture.svg')]) {
      expect(text).to.include('Daemons of both at SCHED_OTHER, nice 0');
      expect(text).to.include('Failed: 3 nodes, udpu, flood 64 B, corosync, run 3: lost');
      expect(text).to.not.include('more\n');
    }
  });

  it('tells the worst run of what should not happen, of each system', () => {
    const report = reportWith(
      ['flood'],
      [
        ...measured(flood, 'chorale', 'retransmitted', 0, 3),
        ...measured(flood, 'chorale', 'dropped', 0, 0),
        ...measured(flood, 'corosync', 'retransmitted', 17, 0),
      ],
    );
    expect(textOf(report)).to.include('in any run: chorale 3 and 0, corosync 17 and unknown.');
  });

  it('has as many cells in each line of Markdown', () => {
    const lines = markdownOf(REPORT, 'picture.svg')
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(lines.length).to.be.above(4);
    const main = lines.slice(0, 3).map((line) => line.split('|').length);
    expect(new Set(main).size).to.equal(1);
  });

  it('goes into a document between two lines, and again', () => {
    const document = '# A\n<!-- npm run bench writes from here -->\nold\n<!-- to here -->\nafter\n';
    const once = withTable(document, 'NEW');
    expect(once).to.equal('# A\n<!-- npm run bench writes from here -->\n\nNEW\n\n<!-- to here -->\nafter\n');
    expect(withTable(once, 'NEW')).to.equal(once);
    expect(() => withTable('# A\n', 'NEW')).to.throw('there is no place for the table');
  });

  it('shortens numbers to what matters', () => {
    const shown = [0, 0.04567, 9.999, 12.34, 123_456, 2_187_999].map(short);
    expect(shown).to.deep.equal(['0', '0.0457', '10', '12.3', '123,000', '2,190,000']);
  });
});

describe('the file of a comparison', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'bench-test-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is read as it was written', () => {
    const path = join(directory, 'result.json');
    writeReport(path, REPORT);
    expect(textOf(readReport(path))).to.equal(textOf(REPORT));
  });

  it('is refused with a reason if it is another', () => {
    const path = join(directory, 'other.json');
    for (const text of ['{"bench":"ring"}', 'null', '[]', '{"bench"']) {
      writeFileSync(path, text);
      expect(() => readReport(path), text).to.throw(path);
    }
    expect(() => readReport(join(directory, 'missing.json'))).to.throw('ENOENT');
  });
});

describe('a logarithmic axis', () => {
  it('gives equal factors equal ways', () => {
    const { at } = logAxis([10, 1000], 100, 500, 1);
    expect([at(10), at(100), at(1000)].map(Math.round)).to.deep.equal([100, 300, 500]);
  });

  it('marks powers of ten, and between them if there are few', () => {
    expect(logAxis([1, 1e6], 0, 1, 1).ticks).to.deep.equal([1, 10, 100, 1000, 10_000, 100_000, 1_000_000]);
    expect(logAxis([1, 20], 0, 1, 1).ticks).to.deep.equal([1, 2, 5, 10, 20]);
  });
});

describe('the picture of a comparison', () => {
  const sizes = [64, 1000, 8192] as const;
  const report = reportWith(
    ['flood', 'ping', 'multicast'],
    [
      ...sizes.flatMap((size) =>
        measured(jobOf('flood', 'flood', size), 'chorale', 'megabytesPerSecond', size, 3 * size),
      ),
      ...sizes.flatMap((size) => measured(jobOf('flood', 'flood', size), 'corosync', 'megabytesPerSecond', size)),
      ...measured(jobOf('ping', 'ping', 64), 'chorale', 'microsecondsP50', 80),
      // Other rings are not in the picture.
      ...jobsOf('multicast').flatMap((job) => measured(job, 'chorale', 'megabytesPerSecond', 1e9)),
    ],
  );
  const picture = pictureOf(report);

  it('has a line a system, a mark a size, and the ratios', () => {
    const points = [...picture.matchAll(/<polyline[^>]*stroke-chorale[^>]*points="([^"]*)"/g)].map(
      (match) => match[1]!,
    );
    expect(points[0]!.split(' ')).to.have.length(sizes.length);
    expect(picture.match(/>2\.0x</g)).to.have.length(sizes.length);
    expect(picture).to.include('Throughput of one libcpg program, MB/s').and.include('own delivery, µs');
    expect(picture).to.include('>8 KiB<').and.include('>Corosync p99<');
  });

  it('draws more higher, and stays in its frame', () => {
    const line = /<polyline[^>]*stroke-chorale[^>]*points="([^"]*)"/.exec(picture)![1]!;
    const spots = line.split(' ').map((spot) => spot.split(',').map(Number) as [number, number]);
    for (const [i, [x, y]] of spots.entries()) {
      if (i > 0) expect(x > spots[i - 1]![0] && y < spots[i - 1]![1]).to.equal(true);
      expect(x).to.be.within(0, 500);
      expect(y).to.be.within(0, 460);
    }
    expect(picture).to.not.include('NaN').and.not.include('Infinity');
  });

  it('can be read on a dark background', () => {
    expect(picture).to.include('@media (prefers-color-scheme: dark)');
    for (const name of ['paper', 'ink', 'faint', 'chorale', 'corosync']) expect(picture).to.include(`.fill-${name} {`);
  });

  it('takes names from outside as text', () => {
    expect(picture).to.include('abc&#60;1&#62;&#38;').and.not.include('abc<1>');
  });

  it('says so where nothing was measured', () => {
    expect(pictureOf(reportWith(['flood'], [])))
      .to.include('not measured')
      .and.not.include('NaN');
  });
});
