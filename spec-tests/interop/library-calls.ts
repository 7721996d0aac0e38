import { Random } from '../../core/sim/random.js';

/** One call of a program: which of the programs, and a line that library-puppet.c understands. */
export interface Call {
  readonly program: number;
  readonly line: string;
  /** What the call sets going has to be seen everywhere before the next one. */
  readonly settle?: boolean;
  /** The call ends a member of this group (in hexadecimal): that has to be seen too. */
  readonly ends?: string;
}

const hex = (text: string): string => Buffer.from(text).toString('hex') || '-';

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** Draws one of the named actions by weight. */
function draw(random: Random, weights: Readonly<Record<string, number>>): string {
  const entries = Object.entries(weights);
  let at = random.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [name, weight] of entries) if ((at -= weight) < 0) return name;
  throw new Error('no weights');
}

/** Where a program keeps a handle of a library; place 0 is its own barrier. */
interface Handle {
  open: boolean;
  group: string | undefined;
  left: boolean;
  partsUnderWay: boolean;
  buffer: number;
}

const GROUPS = ['a', 'ab', 'group with blanks', 'n'.repeat(128), 'x\0y'];
const SIZES = [0, 1, 100, 1403, 5000, 70_000, 1_047_552];
const LARGE = [1_047_553, 3_000_000];

/**
 * Calls of libcpg by several programs on two nodes. Left out is what Corosync 3.1.7 does not come back from: joining
 * another group after a leave (the library asks for ever), a group without a name, leaving by another group's name.
 */
export function cpgCalls(seed: number, count: number, programs: number): Call[] {
  const random = new Random(seed, 'cpg');
  const handles = Array.from({ length: programs }, () =>
    Array.from({ length: 4 }, (): Handle => ({
      open: false,
      group: undefined,
      left: false,
      partsUnderWay: false,
      buffer: 0,
    })),
  );
  const calls: Call[] = [];
  for (let i = 0; i < count; i++) {
    const program = random.below(programs);
    const slot = random.below(4);
    const place = slot + 1;
    const handle = handles[program]![slot]!;
    const say = (line: string, settle = true): void => void calls.push({ program, line, settle });
    const group = pick(random, GROUPS);
    if (!handle.open) {
      const old = random.below(4) === 0;
      say(
        old ? `cpg.init0 ${place} ${pick(random, [1, 3])}` : `cpg.init ${place} ${random.below(3)} ${random.below(99)}`,
      );
      // A flag that is not known is refused by the library.
      handle.open = old || !calls.at(-1)!.line.startsWith(`cpg.init ${place} 2`);
      Object.assign(handle, { group: undefined, left: false, buffer: 0 });
      continue;
    }
    const action = draw(random, {
      join: handle.group === undefined ? 12 : 3,
      leave: 4,
      mcast: 10,
      members: 4,
      iterate: 4,
      local: 1,
      max: 1,
      flow: 1,
      context: 1,
      zero: 3,
      finalize: 3,
    });
    switch (action) {
      case 'join': {
        const wanted = handle.left ? handle.group! : random.below(40) === 0 ? 'l'.repeat(129) : group;
        const taken = handles[program]!.some((other) => other.open && other.group === wanted);
        say(`cpg.join ${place} ${hex(wanted)}`, random.below(3) > 0);
        if (!taken && handle.group === undefined && wanted.length <= 128) handle.group = wanted;
        break;
      }
      case 'leave':
        say(`cpg.leave ${place} ${hex(handle.group ?? group)}`, random.below(3) > 0);
        if (handle.group !== undefined) handle.left = true;
        break;
      case 'mcast': {
        const large = random.below(12) === 0;
        const size = large ? pick(random, LARGE) : pick(random, SIZES);
        const guarantee = pick(random, [0, 1, 2, 3]);
        say(`cpg.mcast ${place} ${guarantee} ${size} ${1 + random.below(4)}`, large || random.below(3) === 0);
        break;
      }
      case 'members':
        say(`cpg.members ${place} ${hex(group)} ${pick(random, [64, 64, 64, 1, 0])}`);
        break;
      case 'iterate': {
        const type = pick(random, [1, 2, 3, 7]);
        say(`cpg.iterate ${place} ${hex(group)} ${type} ${type === 2 ? 0 : random.below(8) === 0 ? 0 : 1}`);
        for (let n = random.below(8); n >= 0; n--) say(`cpg.next ${place}`, false);
        for (let n = random.below(2); n >= 0; n--) say(`cpg.iterated ${place}`, false);
        break;
      }
      case 'context':
        say(`cpg.context ${place} ${random.below(1000)}`, false);
        break;
      case 'zero':
        if (handle.buffer === 0) {
          handle.buffer = pick(random, [1, 100, 5000, 300_000]);
          say(`cpg.alloc ${place} ${handle.buffer}`, false);
        } else if (random.below(3) > 0) {
          say(`cpg.zero ${place} ${random.below(4)} ${1 + random.below(handle.buffer)}`);
        } else {
          say(`cpg.free ${place}`, false);
          handle.buffer = 0;
        }
        break;
      case 'finalize':
        if (handle.buffer > 0) say(`cpg.free ${place}`, false);
        calls.push({
          program,
          line: `cpg.finalize ${place}`,
          settle: true,
          ...(handle.group === undefined ? {} : { ends: hex(handle.group) }),
        });
        handle.open = false;
        handle.group = undefined;
        break;
      default:
        say(`cpg.${action} ${place}`, false);
    }
  }
  return calls;
}

const VALUES: Readonly<Record<number, readonly string[]>> = {
  1: ['00', '7f', '80', 'ff'],
  2: ['00', 'ff', '0000'],
  3: ['0000', 'ff7f', 'ff'],
  4: ['ffff', '0100'],
  5: ['00000000', 'ffffff7f', '00000080'],
  6: ['ffffffff', '2a000000', '2a00'],
  7: ['ffffffffffffff7f', '0000000000000080'],
  8: ['ffffffffffffffff', '0100000000000000', '-'],
  9: ['0000c03f', '0000c07f'],
  10: ['000000000000f83f'],
  11: [hex('text') + '00', hex('text'), hex('longer text') + '00', '00', hex('in\0side') + '00'],
  12: ['00ff00', '01', 'aa'.repeat(300)],
  13: ['00'],
  0: ['00'],
};

/** Calls of libcmap by one program, under keys that begin with `prefix` and some of the daemon's own. */
export function cmapCalls(seed: number, count: number): Call[] {
  const random = new Random(seed, 'cmap');
  const own = `t${seed}.`;
  const keys = ['a', 'b.c', 'b.d', 'b', `${'k'.repeat(255 - own.length)}`].map((name) => own + name);
  const foreign = [
    'totem.version',
    'totem.cluster_name',
    'nodelist.node.0.nodeid',
    'nodelist.new',
    'runtime.config.totem.token',
    'runtime.services.cpg.0.tx',
    'system.sched_rr',
    'internal_configuration.x',
    'uidgid.config.a',
    'config.reload_in_progress',
    'quorum.nothing',
  ];
  const strange = ['ab', 'a', '-', 'with blank', 'ümlaut', 'l'.repeat(254), 'semi;colon', 'a/b:c_d-e.f'];
  const stats = ['stats.srp.mcast_tx', 'stats.nothing', 'stats.clear.nothing', 'stats.pg.msg_reserved', 'stats.'];
  const calls: Call[] = [];
  const open: (number | undefined)[] = [];
  const iterating = [false, false, false, false];
  const say = (line: string): void => void calls.push({ program: 0, line });
  for (let i = 0; i < count; i++) {
    const slot = random.below(4);
    const place = slot + 1;
    if (open[slot] === undefined) {
      const map = pick(random, [0, 0, 0, 1, 2]);
      say(`cmap.init ${place} ${map}`);
      if (map < 2) open[slot] = map;
      continue;
    }
    const pool = open[slot] === 1 ? stats : random.below(4) > 0 ? keys : random.below(2) ? foreign : strange;
    const name = pick(random, pool);
    const changing = name.startsWith('stats.') || name.endsWith('tx');
    const key = random.below(60) === 0 ? 'null' : hex(name);
    const type = random.below(8) === 0 ? pick(random, [0, 13]) : 1 + random.below(12);
    const action = draw(random, {
      set: 14,
      get: 6,
      typed: 5,
      delete: 4,
      inc: 3,
      dec: 3,
      iterate: 3,
      next: 8,
      iterated: 2,
      track: 5,
      untrack: 3,
      context: 1,
      finalize: 1,
    });
    switch (action) {
      case 'set': {
        const value = pick(random, VALUES[type]!);
        // What an iterator of Corosync shows of keys that come meanwhile follows from how its tree grows.
        if (!iterating.includes(true)) say(`cmap.set ${place} ${key} ${type} ${value}`);
        break;
      }
      case 'get':
        say(`cmap.get ${place} ${key} ${changing ? 0 : pick(random, [0, 1, 4, 8, 300, 20_000])}`);
        break;
      case 'typed':
        say(`cmap.typed ${place} ${key} ${changing ? 1 : 1 + random.below(11)}`);
        break;
      case 'delete':
        // Corosync keeps a key that an iterator stands on, and may read freed memory if it is deleted twice.
        if (!iterating.includes(true)) say(`cmap.delete ${place} ${key}`);
        break;
      case 'iterate':
        if (iterating[slot]) say(`cmap.iterated ${place}`);
        say(`cmap.iterate ${place} ${pick(random, [hex(own), hex(own + 'b'), hex(`${own}nothing`), hex(`${own}b.`)])}`);
        iterating[slot] = true;
        break;
      case 'track': {
        const flags = random.below(4) === 0 ? random.below(40) : pick(random, [7, 15, 12, 5, 2, 10, 13]);
        const prefix = pick(random, [key, hex(own), hex(`${own}b`)]);
        say(`cmap.track ${place} ${open[slot] === 1 ? hex('stats.none') : prefix} ${flags} ${random.below(4)}`);
        break;
      }
      case 'untrack':
        say(`cmap.untrack ${place} ${random.below(4)}`);
        break;
      case 'context':
        say(`cmap.context ${place} ${random.below(1000)}`);
        break;
      case 'next':
        say(`cmap.next ${place}`);
        break;
      case 'iterated':
        say(`cmap.iterated ${place}`);
        iterating[slot] = false;
        break;
      case 'finalize':
        if (iterating[slot]) say(`cmap.iterated ${place}`);
        iterating[slot] = false;
        say(`cmap.finalize ${place}`);
        open[slot] = undefined;
        break;
      default:
        say(`cmap.${action} ${place} ${key}`);
    }
  }
  return calls;
}

/** Calls of libquorum, libvotequorum and libcfg by programs on two nodes. */
export function clusterCalls(seed: number, count: number, programs: number): Call[] {
  const random = new Random(seed, 'cluster');
  const calls: Call[] = [];
  const open = Array.from({ length: programs }, () => new Map<number, string>());
  const nodes = [0, 1, 2, 9];
  for (let i = 0; i < count; i++) {
    const program = random.below(programs);
    const place = 1 + random.below(6);
    const say = (line: string): void => void calls.push({ program, line, settle: true });
    const kind = open[program]!.get(place);
    if (kind === undefined) {
      const next = pick(random, ['quorum', 'votes', 'votes', 'cfg']);
      if (next === 'quorum') {
        const model = pick(random, [0, 1, 1, 2]);
        say(`quorum.init ${place} ${model} ${random.below(4)}`);
        if (model === 2) continue;
      } else say(`${next}.init ${place} ${random.below(8)}`);
      open[program]!.set(place, next);
      continue;
    }
    if (random.below(15) === 0) {
      say(`${kind}.finalize ${place}`);
      open[program]!.delete(place);
      continue;
    }
    const flags = random.below(9);
    const node = pick(random, nodes);
    if (kind === 'quorum') {
      const action = draw(random, { quorate: 2, track: 4, untrack: 2 });
      say(`quorum.${action} ${place} ${flags}`);
    } else if (kind === 'votes') {
      const action = draw(random, { info: 6, expect: 4, votes: 4, track: 4, untrack: 2, device: 3 });
      const device = pick(random, ['device', 'other', '', 'd'.repeat(254), 'd'.repeat(255)]);
      if (action === 'info') say(`votes.info ${place} ${node}`);
      else if (action === 'expect') say(`votes.expect ${place} ${pick(random, [0, 1, 2, 2, 3, 5, 100])}`);
      else if (action === 'votes') say(`votes.votes ${place} ${node} ${pick(random, [0, 1, 1, 2, 100])}`);
      else if (action === 'track') say(`votes.track ${place} ${flags} ${random.below(1000)}`);
      else if (action === 'untrack') say(`votes.untrack ${place}`);
      else {
        const call = pick(random, ['register', 'unregister', 'update', 'master', 'poll']);
        const more = call === 'update' ? hex('new') : random.below(3);
        say(`votes.${call} ${place} ${hex(device)} ${more}`);
      }
    } else {
      const action = draw(random, {
        rings: 3,
        node: 4,
        addresses: 3,
        local: 1,
        track: 2,
        untrack: 1,
        reply: 2,
        kill: 1,
      });
      if (action === 'node') say(`cfg.node ${place} ${node} ${pick(random, [1, 1, 1, 0, 2])}`);
      else if (action === 'addresses') say(`cfg.addresses ${place} ${node} ${pick(random, [1, 8])}`);
      else if (action === 'kill') say(`cfg.kill ${place} 9 ${hex('no such node')}`);
      else say(`cfg.${action} ${place} ${random.below(3)}`);
    }
  }
  return calls;
}

/** Trackers of the statistics: which kinds are taken, and what is told of connections that come and go. */
export function statisticsCalls(): Call[] {
  const say = (line: string, settle = false): Call => ({ program: 0, line, settle });
  const calls = [say('cmap.init 1 1'), say('cmap.init 3 1')];
  for (const key of ['stats.ipcs.', 'stats.none', 'stats.pg.msg_queue_avail', '']) {
    for (let flags = 0; flags < 20; flags++) {
      calls.push(say(`cmap.track 1 ${hex(key) === '-' ? 'null' : hex(key)} ${flags} 0`), say('cmap.untrack 1 0'));
    }
  }
  for (const [slot, flags] of [13, 15, 5, 4, 1].entries())
    calls.push(say(`cmap.track 3 ${hex('stats.ipcs.service2.')} ${flags} ${slot}`));
  calls.push(say('cpg.init 2 0 0', true), say('cpg.finalize 2', true), say('cmap.finalize 3', true));
  calls.push(say(`cmap.track 1 ${hex('stats.srp.orf_token_rx')} 0 1`), say('drain 2500 1'), say('cmap.untrack 1 1'));
  calls.push(say(`cmap.track 1 ${hex('stats.srp.orf_token_rx')} 5 2`), say('drain 2500 1'), say('cmap.untrack 1 2'));
  calls.push(say(`cmap.set 1 ${hex('stats.clear.totem')} 2 01`), say(`cmap.set 1 ${hex('stats.clear.x')} 2 01`));
  calls.push(
    say(`cmap.set 1 ${hex('stats.x')} 2 01`),
    say(`cmap.delete 1 ${hex('stats.x')}`),
    say(`cmap.inc 1 ${hex('stats.x')}`),
  );
  calls.push(say(`cmap.delete 1 ${hex('stats.clear.x')}`), say(`cmap.inc 1 ${hex('stats.clear.x')}`));
  // Chorale has statistics of its own beside these.
  for (const [i, prefix] of ['stats.ipcs.', 'stats.pg.', 'stats.schedmiss.', 'stats.srp.'].entries()) {
    calls.push(say(`cmap.init ${4 + i} 1`), say(`cmap.iterate ${4 + i} ${hex(prefix)}`));
    for (let k = 0; k < 40; k++) calls.push(say(`cmap.next ${4 + i}`));
  }
  return calls;
}
