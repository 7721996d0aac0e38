import { expect } from 'chai';
import { checkHistory, ENDINGS, PROPERTIES } from '../../core/sim/checker/check.js';
import type { Ending } from '../../core/sim/checker/history.js';
import type { Property } from '../../core/sim/checker/violation.js';
import { Story } from './story.js';

/** A story with a property broken in it, and the same story without that. */
interface Case {
  readonly property: string;
  readonly what: string;
  readonly bad: (story: Story) => void;
  readonly good: (story: Story) => void;
  /** Others that the same mistake breaks; unless given it breaks this one alone. */
  readonly also?: readonly string[];
  /** What they begin with; three nodes in a ring if missing. */
  readonly begin?: () => Story;
  /** The run came to its end. */
  readonly ending?: Ending;
}

/** All three nodes can reach each other from 5 ms on, and have a ring 100 ms later. */
const ending: Ending = { components: [[1, 2, 3]], quietSince: 5, boundMs: 100 };

const cases: readonly Case[] = [
  {
    property: '1.1 causes come first',
    what: 'a delivery before the sending',
    bad: (s) => {
      const m = s.message(0);
      s.deliver(m, 1).queue(m);
    },
    good: (s) => void s.deliver(s.send(0), 1),
  },
  {
    property: '1.2 events belong to the last configuration',
    what: 'an event after the end of a process',
    bad: (s) => void s.ends(0).mark(0, 'x', ''),
    good: (s) => void s.mark(0, 'x', '').ends(0),
  },
  {
    property: '1.2 events belong to the last configuration',
    what: 'a delivery before the first configuration',
    bad: (s) => void s.deliver(s.send(0), s.begin(4)),
    good: (s) => {
      s.begin(4);
      s.deliver(s.send(0), 1);
    },
  },
  {
    property: '1.2 events belong to the last configuration',
    what: 'a message of somebody who is no member',
    also: ['1.3 no creation'],
    bad: (s) => {
      s.form('1.8', [1, 2], [1, 2]).form('3.8', [3], [3]);
      s.deliver(s.send(2), 0, 1);
    },
    good: (s) => {
      s.form('1.8', [1, 2], [1, 2]).form('3.8', [3], [3]);
      s.deliver(s.send(2), 2);
    },
  },
  {
    property: '1.3 no creation',
    what: 'a message that nobody sent',
    bad: (s) => void s.add({ kind: 'deliver', process: 0, message: -1, from: 1 }),
    good: (s) => void s.deliver(s.send(0), 0, 1, 2),
  },
  {
    property: '1.3 no creation',
    what: 'other contents than were sent',
    bad: (s) => void s.add({ kind: 'deliver', process: 0, message: s.send(0), from: 1, damage: 'a byte' }),
    good: (s) => void s.add({ kind: 'deliver', process: 0, message: s.send(0), from: 1 }),
  },
  {
    property: '1.3 no creation',
    what: 'another sender than sent it',
    bad: (s) => void s.add({ kind: 'deliver', process: 0, message: s.send(0), from: 2 }),
    good: (s) => void s.add({ kind: 'deliver', process: 0, message: s.send(1), from: 2 }),
  },
  {
    property: '1.3 no creation',
    what: 'a message of one ring in another',
    also: ['4 failure atomicity', '6.1 logical time exists'],
    bad: (s) => {
      const m = s.send(0);
      s.deliver(m, 0).form('1.8', [1, 2, 3], [1, 2, 3]).deliver(m, 1, 2);
    },
    good: (s) => {
      const m = s.send(0);
      s.form('1.8', [1, 2, 3], [1, 2, 3]).deliver(m, 0, 1, 2);
    },
  },
  {
    property: '1.3 no creation',
    what: 'a message in a ring that its sender never had',
    also: ['1.2 events belong to the last configuration'],
    bad: (s) => {
      s.form('1.8', [1, 2], [1, 2]);
      s.deliver(s.send(2), 0);
    },
    good: (s) => {
      s.form('1.8', [1, 2], [1, 2]);
      s.deliver(s.send(1), 0);
    },
  },
  {
    property: '1.3 no creation',
    what: 'a message in a ring that its sender had left before it sent it',
    also: ['3 self-delivery'],
    bad: (s) => {
      s.form('1.8', [1], [1]);
      s.deliver(s.send(0), 1);
    },
    good: (s) => {
      const m = s.send(0);
      s.deliver(m, 0).form('1.8', [1], [1]).deliver(m, 1);
    },
  },
  {
    property: '1.4 no duplication',
    what: 'a message twice',
    bad: (s) => void s.deliver(s.send(0), 1, 0, 1),
    good: (s) => void s.deliver(s.send(0), 1, 0).deliver(s.send(0), 1, 0),
  },
  {
    property: '1.5 order of the sender',
    what: 'two messages of a sender the other way round',
    also: ['5 causal delivery'],
    bad: (s) => {
      const [first, second] = [s.send(0), s.send(0)];
      s.deliver(second, 0, 1, 2).deliver(first, 0, 1, 2);
    },
    good: (s) => {
      // One was sent while services were synchronized, and may overtake what waited.
      const [first, second] = [s.send(0), s.send(0, { stream: 1 })];
      s.deliver(second, 0, 1, 2).deliver(first, 0, 1, 2);
    },
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'two views of one ring',
    bad: (s) => {
      s.transitional(0, '1.8', [1, 2]).regular(0, '1.8', [1, 2], [1, 2]);
      s.transitional(1, '1.8', [1, 2]).regular(1, '1.8', [1, 2, 3], [1, 2]);
    },
    good: (s) => void s.form('1.8', [1, 2, 3], [1, 2]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'a ring without oneself',
    also: ['2.4 consistent order of configurations'],
    bad: (s) => void s.transitional(1, '1.8', [2]).regular(1, '1.8', [1, 3], [2]),
    good: (s) => void s.transitional(1, '1.8', [2]).regular(1, '1.8', [1, 2, 3], [2]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'a transitional configuration without oneself',
    bad: (s) => void s.transitional(1, '1.8', [3]),
    good: (s) => void s.transitional(1, '1.8', [2, 3]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'two views of who came along',
    bad: (s) => void s.form('1.8', [1, 2, 3], [1, 2]).transitional(2, '1.8', [1, 2, 3]),
    good: (s) => void s.form('1.8', [1, 2, 3], [1, 2, 3]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'members out of order',
    bad: (s) => void s.transitional(0, '1.8', [1]).regular(0, '1.8', [1, 3, 2], [1]),
    good: (s) => void s.transitional(0, '1.8', [1]).regular(0, '1.8', [1, 2, 3], [1]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'a ring that is not named by its lowest member',
    bad: (s) => void s.form('2.8', [1, 2], [1, 2]),
    good: (s) => void s.form('1.8', [1, 2], [1, 2]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'companions of somebody who comes from nowhere',
    begin: () => new Story(),
    bad: (s) => void s.transitional(s.begin(1), '1.4', [1, 2]),
    good: (s) => void s.transitional(s.begin(1), '1.4', [1]),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'a wrong list of those who left',
    bad: (s) => void s.transitional(0, '1.8', [1, 2], { left: [2] }),
    good: (s) => void s.transitional(0, '1.8', [1, 2], { left: [3] }),
  },
  {
    property: '2.1 self-inclusion and agreement',
    what: 'a wrong list of those who joined',
    bad: (s) => void s.transitional(0, '1.8', [1, 2, 3]).regular(0, '1.8', [1, 2, 3, 4], [1, 2, 3], { joined: [3] }),
    good: (s) => void s.transitional(0, '1.8', [1, 2, 3]).regular(0, '1.8', [1, 2, 3, 4], [1, 2, 3], { joined: [4] }),
  },
  {
    property: '2.1 ring ids are unique',
    what: 'a ring that a node installs again in its next life',
    bad: (s) => {
      s.ends(0).begin(1);
      s.form('1.4', [1, 2, 3], [1]);
    },
    good: (s) => {
      s.ends(0).begin(1);
      s.form('1.8', [1, 2, 3], [1]);
    },
  },
  {
    property: '2.1 ring ids are unique',
    what: 'a sequence that falls',
    bad: (s) => void s.form('1.3', [1, 2, 3], [1, 2, 3]),
    good: (s) => void s.form('1.5', [1, 2, 3], [1, 2, 3]),
  },
  {
    property: '2.3 configurations follow each other',
    what: 'two transitional configurations with nothing between',
    bad: (s) => void s.transitional(0, '1.8', [1]).form('1.c', [1], [1]),
    good: (s) => void s.form('1.8', [1], [1]).form('1.c', [1], [1]),
  },
  {
    property: '2.3 configurations follow each other',
    what: 'a regular configuration without a transitional one',
    bad: (s) => void s.regular(0, '1.8', [1], [1]),
    good: (s) => void s.transitional(0, '1.8', [1]).regular(0, '1.8', [1], [1]),
  },
  {
    property: '2.3 configurations follow each other',
    what: 'a regular configuration that was not the announced one',
    bad: (s) => void s.transitional(0, '1.8', [1]).regular(0, '1.c', [1], [1]),
    good: (s) => void s.transitional(0, '1.c', [1]).regular(0, '1.c', [1], [1]),
  },
  {
    property: '2.4 consistent order of configurations',
    what: 'a companion who is not in the next ring',
    bad: (s) => void s.transitional(0, '1.8', [1, 2]).regular(0, '1.8', [1], [1, 2]),
    good: (s) => void s.transitional(0, '1.8', [1]).regular(0, '1.8', [1], [1]),
  },
  {
    property: '2.4 consistent order of configurations',
    what: 'a companion who came from another ring',
    bad: (s) => {
      s.form('2.8', [2], [2]);
      s.transitional(0, '1.c', [1, 2]).regular(0, '1.c', [1, 2], [1, 2]).form('1.c', [1, 2], [2]);
    },
    good: (s) => void s.form('2.8', [2], [2]).form('1.c', [1, 2], [1], [2]),
  },
  {
    property: '2.4 consistent order of configurations',
    what: 'two rings in two orders',
    // The sequence of one of the two falls, and then there is no logical time.
    also: ['2.1 ring ids are unique', '6.1 logical time exists'],
    bad: (s) => {
      s.form('2.5', [2], [2]).form('1.8', [1, 2], [1]).form('1.c', [1, 2], [1], [2]).form('1.8', [1, 2], [2]);
    },
    good: (s) => void s.form('2.5', [2], [2]).form('1.8', [1, 2], [1], [2]).form('1.c', [1, 2], [1, 2]),
  },
  {
    property: '3 self-delivery',
    what: 'a sender who goes on without its own message',
    bad: (s) => {
      s.deliver(s.send(0), 1);
      s.form('1.8', [1], [1]);
    },
    good: (s) => {
      s.deliver(s.send(0), 1);
      s.ends(0);
    },
  },
  {
    property: '4 failure atomicity',
    what: 'two that go on together, one of them without a message',
    bad: (s) => {
      s.deliver(s.send(2), 0);
      s.ends(2).form('1.8', [1, 2], [1, 2]);
    },
    good: (s) => {
      s.deliver(s.send(2), 0);
      s.ends(2).form('1.8', [1], [1]).form('2.8', [2], [2]);
    },
  },
  {
    property: '5 causal delivery',
    what: 'an answer without what it answers',
    bad: (s) => {
      s.deliver(s.send(0), 1);
      s.deliver(s.send(1), 2);
    },
    good: (s) => {
      s.deliver(s.send(0), 1, 2);
      s.deliver(s.send(1), 2);
    },
  },
  {
    property: '5 causal delivery',
    what: 'a later message of a sender without its earlier one',
    bad: (s) => {
      s.send(0);
      s.deliver(s.send(0), 1);
    },
    good: (s) => {
      const first = s.send(0);
      s.deliver(first, 1).deliver(s.send(0), 1);
    },
  },
  {
    property: '6.1 logical time exists',
    what: 'two points of the order in two orders',
    bad: (s) => void s.mark(0, 'x', '').mark(0, 'y', '').mark(1, 'y', '').mark(1, 'x', ''),
    good: (s) => void s.mark(0, 'x', '').mark(0, 'y', '').mark(1, 'x', '').mark(1, 'y', ''),
  },
  {
    property: '6.2 agreed total order',
    what: 'two messages in two orders',
    also: ['6.1 logical time exists'],
    bad: (s) => {
      const [one, other] = [s.send(0), s.send(1)];
      s.deliver(one, 0).deliver(other, 0, 1).deliver(one, 1);
    },
    good: (s) => {
      const [one, other] = [s.send(0), s.send(1)];
      s.deliver(one, 0, 1).deliver(other, 1, 0);
    },
  },
  {
    property: '6.2 agreed total order',
    what: 'a message on both sides of a change',
    also: ['6.1 logical time exists'],
    bad: (s) => {
      const m = s.send(0);
      s.deliver(m, 0).transitional(0, '1.8', [1, 2]).transitional(1, '1.8', [1, 2]).deliver(m, 1);
    },
    good: (s) => {
      const m = s.send(0);
      s.transitional(0, '1.8', [1, 2]).deliver(m, 0).transitional(1, '1.8', [1, 2]).deliver(m, 1);
    },
  },
  {
    property: '6.3 no gaps',
    what: 'a message without the one before it',
    bad: (s) => {
      const [first, second] = [s.send(2), s.send(0)];
      s.deliver(first, 0).deliver(second, 0, 1);
    },
    good: (s) => {
      const [first, second] = [s.send(2), s.send(0)];
      s.deliver(first, 0, 1).deliver(second, 0);
    },
  },
  {
    property: '6.3 no gaps',
    what: 'a gap of a companion after a change',
    bad: (s) => {
      const [first, second] = [s.send(1), s.send(0)];
      s.deliver(first, 2).deliver(second, 2).transitional(0, '1.8', [1, 2]).deliver(second, 0);
    },
    good: (s) => {
      const [first, second] = [s.send(1), s.send(0)];
      // What the departed have sent may be lost with them.
      s.deliver(first, 2).deliver(second, 2).transitional(0, '1.8', [1, 3]).deliver(second, 0);
    },
  },
  {
    property: '7.1 safe delivery',
    what: 'a member who goes on without a safe message',
    bad: (s) => {
      s.deliver(s.send(0, { safe: true }), 0, 2);
      s.form('2.8', [2], [2]);
    },
    good: (s) => {
      s.deliver(s.send(0, { safe: true }), 0, 2);
      s.ends(1);
    },
  },
  {
    property: '7.1 safe delivery',
    what: 'a companion who goes on without a safe message of a transitional configuration',
    bad: (s) => {
      const m = s.send(0, { safe: true });
      s.transitional(0, '1.8', [1, 2]).deliver(m, 0).form('2.c', [2], [2]);
    },
    good: (s) => {
      const m = s.send(0, { safe: true });
      s.transitional(0, '1.8', [1, 3]).deliver(m, 0).form('2.c', [2], [2]);
    },
  },
  {
    property: '7.2 safe delivery after installation',
    what: 'a safe message before a member has the ring',
    bad: (s) => {
      s.transitional(0, '1.8', [1, 2]).regular(0, '1.8', [1, 2], [1, 2]);
      s.deliver(s.send(0, { safe: true }), 0)
        .transitional(1, '1.8', [1, 2])
        .regular(1, '1.8', [1, 2], [1, 2]);
    },
    good: (s) => {
      s.form('1.8', [1, 2], [1, 2]);
      s.deliver(s.send(0, { safe: true }), 0, 1);
    },
  },
  {
    property: 'service state agrees',
    what: 'two states at one point',
    bad: (s) => void s.mark(0, 'x', '1').mark(1, 'x', '2'),
    good: (s) => void s.mark(0, 'x', '1').mark(1, 'x', '1').mark(1, 'y', '2'),
  },
  {
    property: '2.2 stability: one ring in time',
    what: 'two rings that could be one',
    ending,
    bad: (s) => void s.form('1.8', [1, 2], [1, 2]).form('3.8', [3], [3]),
    good: (s) => void s.form('1.8', [1, 2, 3], [1, 2, 3]),
  },
  {
    property: '2.2 stability: one ring in time',
    what: 'a node that is down',
    ending,
    bad: (s) => void s.ends(2).form('1.8', [1, 2], [1, 2]),
    good: (s) => {
      s.ends(2).begin(3);
      s.form('1.8', [1, 2, 3], [1, 2], [3]);
    },
  },
  {
    property: '2.2 stability: one ring in time',
    what: 'a node that is still between two rings',
    ending,
    bad: (s) => void s.transitional(0, '1.8', [1]),
    good: (s) => void s.form('1.8', [1, 2, 3], [1, 2, 3]),
  },
  {
    property: '2.2 stability: one ring in time',
    what: 'a node that has no ring',
    ending,
    bad: (s) => void s.ends(2).begin(3),
    good: () => undefined,
  },
  {
    property: '2.2 stability: one ring in time',
    what: 'a ring that comes late',
    ending: { ...ending, boundMs: 2 },
    bad: (s) => {
      s.form('1.8', [1, 2, 3], [1, 2, 3]);
    },
    good: () => undefined,
  },
  {
    property: '3.1 everything queued is delivered',
    what: 'a message that never came',
    ending,
    bad: (s) => void s.send(0),
    good: (s) => void s.deliver(s.send(0), 0, 1, 2),
  },
  {
    property: '3.1 everything queued is delivered',
    what: 'members of the last ring that have more than others',
    also: ['4 failure atomicity'],
    ending,
    bad: (s) => void s.deliver(s.send(0), 0, 1),
    good: (s) => {
      s.ends(2).begin(3);
      s.deliver(s.send(0), 0, 1).form('1.8', [1, 2, 3], [1, 2], [3]);
    },
  },
];

describe('sim: the checker', () => {
  for (const { property, what, bad, good, also = [], begin = () => Story.of(1, 2, 3), ending } of cases) {
    it(`${property}: ${what}`, () => {
      const fine = begin();
      good(fine);
      expect(fine.broken(ending), 'without it').to.deep.equal([]);
      const broken = begin();
      bad(broken);
      expect(broken.broken(ending), 'with it').to.have.members([property, ...also]);
    });
  }

  it('every property has its story', () => {
    const tested = new Set(cases.map(({ property }) => property));
    expect([...tested]).to.have.members([...PROPERTIES, ...ENDINGS].map(({ name }) => name));
  });

  it('says nothing about the end of a run that was cut off', () => {
    const story = Story.of(1, 2, 3).form('1.8', [1], [1]);
    story.send(0);
    expect(story.broken()).to.deep.equal([]);
  });

  it('tells the property, when, and who', () => {
    const story = Story.of(1, 2, 3);
    story.deliver(story.send(0, { safe: true, bytes: 70 }), 1, 0, 1);
    expect(checkHistory(story)).to.deep.equal([
      {
        property: '1.4 no duplication',
        text: 'node 2 delivered m0 (70 bytes, safe) of 1 again: first at 7.00 ms',
        at: 9,
      },
    ]);
  });

  it('names the later lives of a node', () => {
    const story = Story.of(1, 2, 3).ends(0);
    story.begin(1);
    story.form('1.4', [1, 2, 3], [1]);
    expect(checkHistory(story).map(({ text }) => text)).to.deep.equal([
      "node 1' installed ring 1.4, which node 1 had installed at 1.00 ms",
    ]);
  });

  it('tells a property only a few times', () => {
    const story = Story.of(1, 2, 3);
    for (let i = 0; i < 50; i++) story.deliver(story.send(0), 1, 0, 1);
    expect(checkHistory(story).filter(({ property }) => property === '1.4 no duplication')).to.have.length(5);
  });

  it("holds a history against a service's own properties too", () => {
    const story = Story.of(1, 2, 3).mark(0, 'members of a', '1');
    const own: Property = {
      name: 'groups have members',
      check: ({ history }, report) => {
        for (const event of history.events) if (event.kind === 'mark') report(event.at, `${event.key}: ${event.value}`);
      },
    };
    expect(checkHistory(story, undefined, [own])).to.deep.equal([
      { property: 'groups have members', text: 'members of a: 1', at: 6 },
    ]);
  });
});
