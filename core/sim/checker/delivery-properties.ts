import { messagesOf, placesOf } from './epochs.js';
import type { Analysis, Epoch } from './epochs.js';
import { Names } from './violation.js';
import type { Property } from './violation.js';

/** A message is delivered after it was sent: nothing has an effect before its cause. */
export const sendBeforeDelivery: Property = {
  name: '1.1 causes come first',
  check({ history, analysis }, report) {
    const names = new Names(history);
    analysis.deliveries.forEach((deliveries, message) => {
      const sent = analysis.queuedAt[message]!;
      for (const { index, event } of deliveries) {
        if (sent >= 0 && index > sent) continue;
        if (!report(event.at, `${names.process(event.process)} delivered ${names.message(message)} before it was sent`))
          return;
      }
    });
  },
};

/**
 * What is delivered was sent, by whom it is said to come from, as it was sent, and in the regular configuration in which
 * it is delivered or which that transitional one follows. In which one a message was sent only its deliveries tell: they
 * all have to be of one, which its sender had installed by then, and not before it gave the message to the ring.
 */
export const noCreation: Property = {
  name: '1.3 no creation',
  check({ history, analysis }, report) {
    const names = new Names(history);
    for (const event of history.events) {
      if (event.kind !== 'deliver') continue;
      const who = names.process(event.process);
      if (event.message < 0) {
        if (!report(event.at, `${who} delivered from node ${event.from} what nobody sent: ${event.damage ?? ''}`))
          return;
        continue;
      }
      const what = `${who} delivered ${names.message(event.message)}`;
      if (event.damage !== undefined && !report(event.at, `${what} with other contents: ${event.damage}`)) return;
      const sender = names.nodeId(history.messages[event.message]!.sender);
      if (event.from !== sender && !report(event.at, `${what} as if node ${event.from} had sent it`)) return;
    }
    analysis.deliveries.forEach((deliveries, message) => {
      const first = deliveries[0];
      const ring = first?.epoch.install?.ring;
      if (first === undefined || ring === undefined) return;
      const what = names.message(message);
      for (const { epoch, event } of deliveries) {
        if (epoch.install?.ring === ring) continue;
        const text = `${names.process(first.event.process)} delivered ${what} in ring ${ring}, ${names.process(event.process)} in ring ${epoch.install?.ring ?? 'none'}`;
        if (!report(event.at, text)) return;
      }
      const { sender } = history.messages[message]!;
      const senders = analysis.epochIn(sender, ring);
      const text = `${names.process(first.event.process)} delivered ${what} in ring ${ring}, which its sender`;
      if (senders === undefined || senders.installedAt > first.index) {
        report(first.event.at, `${text} had not installed`);
      } else if (senders.number < (analysis.queuedIn[message]?.number ?? 0)) {
        report(first.event.at, `${text} had left before it sent the message`);
      }
    });
  },
};

/** A process delivers a message at most once, also across a configuration change. */
export const noDuplication: Property = {
  name: '1.4 no duplication',
  check({ history, analysis }, report) {
    const names = new Names(history);
    analysis.deliveries.forEach((deliveries, message) => {
      const seen = new Map<number, number>();
      for (const { event, index } of deliveries) {
        const before = seen.get(event.process);
        if (before !== undefined) {
          const text = `${names.process(event.process)} delivered ${names.message(message)} again: first at ${names.at(before)}`;
          if (!report(event.at, text)) return;
        }
        seen.set(event.process, index);
      }
    });
  },
};

/** Messages of one sender are delivered in the order in which it sent them. */
export const senderOrder: Property = {
  name: '1.5 order of the sender',
  check({ history, analysis }, report) {
    const names = new Names(history);
    const last = new Map<string, { message: number; sent: number }>();
    for (const event of history.events) {
      if (event.kind !== 'deliver' || event.message < 0) continue;
      const { sender, stream } = history.messages[event.message]!;
      const key = `${event.process} ${sender} ${stream}`;
      const sent = analysis.queuedAt[event.message]!;
      const before = last.get(key);
      if (before !== undefined && sent < before.sent) {
        const text = `${names.process(event.process)} delivered ${names.message(event.message)} after ${names.message(before.message)}, which was sent later`;
        if (!report(event.at, text)) return;
      }
      if (before === undefined || sent > before.sent) last.set(key, { message: event.message, sent });
    }
  },
};

/** A process delivers what it sent in a configuration, there or in the transitional one that follows, unless it fails. */
export const selfDelivery: Property = {
  name: '3 self-delivery',
  check({ history, analysis, ending }, report) {
    const names = new Names(history);
    analysis.deliveries.forEach((deliveries, message) => {
      const first = deliveries[0];
      const ring = first?.epoch.install?.ring;
      if (first === undefined || ring === undefined) return;
      const epoch = analysis.epochIn(history.messages[message]!.sender, ring);
      if (epoch === undefined || !isComplete(epoch, ending !== undefined)) return;
      if (placesOf(analysis, epoch).has(message)) return;
      const text = `${names.process(epoch.process)} did not deliver its own ${names.message(message)} in ring ${ring}, in which ${names.process(first.event.process)} delivered it`;
      report(first.event.at, text);
    });
  },
};

/** Processes that go from one configuration to the same next one deliver the same messages in the first. */
export const failureAtomicity: Property = {
  name: '4 failure atomicity',
  check({ history, analysis, ending }, report) {
    const names = new Names(history);
    for (const [ring, epochs] of analysis.byRing) {
      const together = new Map<string, Epoch>();
      for (const epoch of epochs) {
        if (!isComplete(epoch, ending !== undefined)) continue;
        const to = epoch.next?.install?.ring ?? '';
        const first = together.get(to);
        if (first === undefined) {
          together.set(to, epoch);
          continue;
        }
        const pairs = [
          [first, epoch],
          [epoch, first],
        ] as const;
        for (const [one, other] of pairs) {
          for (const message of messagesOf(history, one)) {
            if (message < 0 || placesOf(analysis, other).has(message)) continue;
            const went = to === '' ? 'stayed until the end' : `went to ring ${to}`;
            const text = `${names.process(one.process)} and ${names.process(other.process)} were in ring ${ring} and ${went} together, but only the first delivered ${names.message(message)}`;
            if (!report(other.next?.install?.at ?? lastTime(analysis), text)) return;
          }
        }
      }
    }
  },
};

/**
 * Who delivers a message has delivered everything that its sender had delivered or sent in the same configuration before
 * it sent that message.
 */
export const causalDelivery: Property = {
  name: '5 causal delivery',
  check({ history, analysis }, report) {
    const names = new Names(history);
    for (const [ring, epochs] of analysis.byRing) {
      const sentIn = sentInRing(analysis, ring);
      for (const epoch of epochs) {
        const places = placesOf(analysis, epoch);
        const causes = new Map<string, Causes>();
        for (const [message, place] of places) {
          const { sender, stream } = history.messages[message]!;
          const senders = analysis.epochIn(sender, ring);
          if (senders === undefined) continue;
          const missing = (how: string) => (cause: number) => {
            const found = places.get(cause);
            if (found !== undefined && found < place) return true;
            const order = found === undefined ? 'without' : 'before';
            const text = `${names.process(epoch.process)} delivered ${names.message(message)} ${order} ${names.message(cause)}, which its sender had ${how} before in ring ${ring}`;
            return report(names.timeOf(epoch, place), text);
          };
          const own = forSender(causes, `sent ${sender} ${stream}`, () => sentIn(sender, stream));
          if (!own.require(analysis.queuedAt[message]!, missing('sent'))) return;
          if (analysis.queuedIn[message] !== senders) continue;
          const seen = forSender(causes, `seen ${sender}`, () => deliveredIn(analysis, senders));
          if (!seen.require(analysis.queuedAt[message]!, missing('delivered'))) return;
        }
      }
    }
  },
};

/** What a sender did, in order: a message needs everything of it that came before it. */
class Causes {
  private met = 0;

  constructor(
    private readonly messages: readonly number[],
    private readonly indices: readonly number[],
  ) {}

  /** Checks those that happened before history index `until` and have not been checked; false ends the check. */
  require(until: number, check: (cause: number) => boolean): boolean {
    while (this.met < this.messages.length && this.indices[this.met]! < until) {
      if (!check(this.messages[this.met++]!)) return false;
    }
    return true;
  }
}

function forSender(causes: Map<string, Causes>, key: string, make: () => Causes): Causes {
  let found = causes.get(key);
  if (found === undefined) causes.set(key, (found = make()));
  return found;
}

function deliveredIn(analysis: Analysis, epoch: Epoch): Causes {
  const indices = [...epoch.regular, ...epoch.late];
  const messages = messagesOf(analysis.history, epoch);
  return new Causes(
    messages.filter((message) => message >= 0),
    indices.filter((_, i) => messages[i]! >= 0),
  );
}

/**
 * The messages of a stream that were certainly sent in a ring: somebody delivered them there, or they were given to the
 * ring while their sender was in it and later ones were delivered there.
 */
function sentInRing(analysis: Analysis, ring: string): (sender: number, stream: number) => Causes {
  const { history, deliveries, queuedAt, queuedIn } = analysis;
  const bySender = new Map<string, number[]>();
  for (const { index, sender, stream } of history.messages) {
    if (queuedAt[index]! < 0) continue;
    const delivered = deliveries[index]!.some(({ epoch }) => epoch.install?.ring === ring);
    if (!delivered && (queuedIn[index]?.install?.ring !== ring || deliveries[index]!.length > 0)) continue;
    const key = `${sender} ${stream}`;
    const list = bySender.get(key);
    if (list === undefined) bySender.set(key, [index]);
    else list.push(index);
  }
  return (sender, stream) => {
    const messages = (bySender.get(`${sender} ${stream}`) ?? []).sort((a, b) => queuedAt[a]! - queuedAt[b]!);
    return new Causes(
      messages,
      messages.map((message) => queuedAt[message]!),
    );
  };
}

/** Nothing more will be delivered in this epoch, and its process has not failed in it. */
export function isComplete(epoch: Epoch, settled: boolean): boolean {
  return epoch.end === 'next' || (epoch.end === 'open' && settled);
}

function lastTime({ history }: Analysis): number {
  return history.events[history.events.length - 1]?.at ?? 0;
}
