import { CsError } from '../../base/errors.js';
import { MessageView } from '../../base/message-view.js';
import { CpgClient, cpgPlugin } from '../../services/cpg/index.js';
import type { CpgEvent } from '../../services/cpg/index.js';
import type { ServiceTraffic } from '../plan.js';
import { decodeProbeMessage, encodeProbeMessage } from '../probe-message.js';
import { CpgLog, memberName, membersText, stayName } from './cpg-log.js';
import type { Chapter, Stay } from './cpg-log.js';
import { cpgProperties } from './cpg-properties.js';
import type { ServiceLife, ServiceLog, ServiceUsers, SimService } from './service-load.js';

const GROUPS = 3;
const BURST = 10;
const PROBLEM = 'cpg: clients are served';

/** Closed process groups: clients join, leave, send and vanish. */
export const cpgService: SimService = {
  name: 'cpg',
  plugins: () => [cpgPlugin()],
  begin: (log) => {
    const cpg = new CpgLog();
    return {
      users: (life, traffic) => new CpgUsers(life, traffic, log, cpg),
      properties: cpgProperties(cpg, log),
    };
  },
};

class CpgUsers implements ServiceUsers {
  private readonly clients: (Member | undefined)[];

  constructor(
    private readonly life: ServiceLife,
    private readonly traffic: ServiceTraffic,
    private readonly log: ServiceLog,
    private readonly cpg: CpgLog,
  ) {
    this.clients = Array.from({ length: traffic.clients }, () => undefined);
  }

  get pending(): number {
    return this.clients.reduce((sum, client) => sum + (client?.pending ?? 0), 0);
  }

  act(): void {
    const { random } = this.life;
    const slot = random.below(this.clients.length);
    const client = this.clients[slot];
    if (client === undefined || client.ended) this.clients[slot] = this.connect();
    else client.act();
  }

  /** Undefined while the service takes no clients. */
  private connect(): Member | undefined {
    const { node, clock } = this.life;
    try {
      const connection = node.connect('cpg');
      const pid = ++this.cpg.lastPid;
      const client = new CpgClient(connection, { pid, clock, ringAtJoin: true });
      return new Member(client, pid, this.life, this.traffic, this.log, this.cpg);
    } catch (error) {
      if (error instanceof CsError) return undefined;
      throw error;
    }
  }
}

/** A client that is in a group, most of the time. */
class Member {
  pending = 0;
  /** It has closed its connection, or its service has. */
  ended = false;
  private stay: Stay | undefined;
  private ring = '';
  private busy = false;

  constructor(
    private readonly client: CpgClient,
    private readonly pid: number,
    private readonly life: ServiceLife,
    private readonly traffic: ServiceTraffic,
    private readonly log: ServiceLog,
    private readonly cpg: CpgLog,
  ) {
    client.listen((event) => this.happened(event));
    this.join();
  }

  act(): void {
    if (this.busy) return;
    if (this.stay === undefined) return;
    switch (this.life.random.weighted({ send: 70, burst: 10, leave: 10, close: 10 })) {
      case 'send':
        this.send();
        return;
      case 'burst':
        for (let i = 0; i < BURST; i++) this.send();
        return;
      case 'leave':
        this.leave(this.stay);
        return;
      default:
        this.stay.over = true;
        this.ended = true;
        this.client.close();
    }
  }

  private join(): void {
    const group = `group ${this.life.random.below(GROUPS)}`;
    this.busy = true;
    this.stay = {
      process: this.life.process,
      pid: this.pid,
      group,
      chapters: [],
      members: '',
      over: false,
    };
    this.follow(this.client.join(group), 'join', () => (this.busy = false));
  }

  /** A connection joins once: the next one is another. */
  private leave(stay: Stay): void {
    this.busy = true;
    stay.over = true;
    this.follow(this.client.leave(), 'leave', () => {
      this.busy = false;
      this.stay = undefined;
      this.checkLeave(stay);
      this.ended = true;
      this.client.close();
    });
  }

  /** Messages sent before a leave come before it. */
  private checkLeave(stay: Stay): void {
    const seen = new Set(stay.chapters.flatMap((chapter) => chapter.seen.map(({ message }) => message)));
    const lost = this.cpg.messages.find((sent) => sent.stay === stay && sent.accepted && !seen.has(sent.index));
    if (lost !== undefined) this.problem(`has left before its own message ${lost.index} came`);
  }

  private send(): void {
    const { random } = this.life;
    const { leastBytes, mostBytes, safe } = this.traffic;
    const bytes = random.between(leastBytes, mostBytes);
    const index = this.cpg.messages.length;
    const message = { index, at: this.log.now, stay: this.stay!, accepted: false, bytes };
    this.cpg.messages.push(message);
    const content = encodeProbeMessage(index, this.pid, bytes);
    this.follow(this.client.multicast(content, { safe: random.chance(safe) }), 'multicast', () => {
      message.accepted = true;
    });
  }

  /** What is refused while the node and the connection live should not be. */
  private follow(work: Promise<unknown>, what: string, done: () => void): void {
    const { waiting } = this.cpg;
    const entry = { stay: this.stay!, what, at: this.log.now };
    this.pending++;
    waiting.add(entry);
    const settled = (): void => {
      this.pending--;
      waiting.delete(entry);
    };
    work.then(
      () => {
        settled();
        done();
      },
      (error: Error) => {
        settled();
        if (this.ended || !this.log.isAlive(this.life.process.index)) return;
        this.ended = true;
        if (this.stay !== undefined) this.stay.over = true;
        if (this.life.node.state !== 'left') this.problem(`cannot ${what}: ${error.message}`);
      },
    );
  }

  private happened(event: CpgEvent): void {
    const { log, life } = this;
    if (event.kind === 'ring') {
      this.ringChanged(log.ringName(event.ringId));
      return;
    }
    const { stay } = this;
    if (stay === undefined) {
      this.problem(`has a ${event.kind} event in no group`);
      return;
    }
    if (event.kind === 'membership') {
      const members = membersText(event.members);
      if (stay.chapters.length === 0) this.begin(stay, event.joined.map(memberName));
      stay.members = members;
      const reasons = (changes: typeof event.joined): string =>
        changes.map((change) => `${memberName(change)} (${change.reason})`).join(' ');
      const text = `members ${members}; joined: ${reasons(event.joined)}; left: ${reasons(event.left)}`;
      this.see(stay, text, -1);
      return;
    }
    const found = decodeProbeMessage(MessageView.over(event.data), 0);
    const sent = found && this.cpg.messages[found.message];
    if (found === undefined || sent === undefined || found.damage !== undefined) {
      this.problem(`was given what nobody sent: ${found?.damage ?? `${event.data.length} bytes`}`);
      return;
    }
    const sender = memberName(event.sender);
    if (sender !== memberName({ nodeId: sent.stay.process.nodeId, pid: sent.stay.pid })) {
      this.problem(`was given message ${found.message} of ${stayName(sent.stay)} as from ${sender}`);
    }
    if (sent.stay.group !== stay.group) {
      this.problem(`was given message ${found.message}, which was sent to ${sent.stay.group}`);
    }
    if (stay.chapters.length === 0) {
      this.problem(`was given message ${found.message} before its own join`);
      return;
    }
    this.see(stay, `message ${found.message}`, found.message);
    log.saw(life.process.index, `${this.pid} ${found.message}`);
  }

  /** The first thing a member is told is its own join. */
  private begin(stay: Stay, joined: readonly string[]): void {
    const own = memberName({ nodeId: this.life.process.nodeId, pid: this.pid });
    if (!joined.includes(own)) this.problem(`was told first of ${joined.join(' ')} and not of its own join`);
    this.cpg.stays.push(stay);
    stay.chapters.push({ ring: this.ring, joined: true, seen: [], next: undefined });
  }

  private see(stay: Stay, text: string, message: number): void {
    stay.chapters.at(-1)!.seen.push({ at: this.log.now, text, message });
    if (message < 0) this.log.saw(this.life.process.index, `${this.pid} ${text}`);
  }

  /** The ring at the join is told behind it, as if it were a change. */
  private ringChanged(ring: string): void {
    if (ring === this.ring) return;
    const before = this.ring;
    this.ring = ring;
    const chapters = this.stay?.chapters;
    const last = chapters?.at(-1);
    if (chapters === undefined || last === undefined) return;
    const isFirst = before === '';
    if (isFirst) chapters[chapters.length - 1] = { ...last, ring } satisfies Chapter;
    else {
      last.next = ring;
      chapters.push({ ring, joined: false, seen: [], next: undefined });
    }
  }

  private problem(text: string): void {
    const name = this.stay === undefined ? `client ${this.life.process.nodeId}/${this.pid}` : stayName(this.stay);
    this.log.problem(PROBLEM, `${name} ${text}`);
  }
}
