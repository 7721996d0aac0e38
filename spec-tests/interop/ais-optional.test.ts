import { expect } from 'chai';
import {
  A_01_01,
  B_01_01,
  DispatchFlags,
  SA_TIME_END,
  SA_TIME_ONE_MILLISECOND,
  SA_TIME_ONE_SECOND,
  daemonBindings,
} from 'chorale/sdk';
import type { LibraryBindings, SaError } from 'chorale/sdk';
import { ControlClient } from '../../core/ipc/control-client.js';
import { CkptLibrary, CreationFlags, OpenFlags as CkptOpen } from '../../plugins/ckpt/index.js';
import { ClmLibrary, TrackFlags, notificationBuffer } from '../../plugins/clm/index.js';
import { ChannelOpenFlags, EvtLibrary } from '../../plugins/evt/index.js';
import { LckLibrary, LockFlags, LockMode, LockStatus, ResourceOpenFlags } from '../../plugins/lck/index.js';
import { CreationFlags as MsgCreation, MsgLibrary, OpenFlags as MsgOpen } from '../../plugins/msg/index.js';
import { TimeType, TmrLibrary } from '../../plugins/tmr/index.js';
import { Lab, eventually, needsLab } from './lab.js';
import type { Client, Daemon } from './lab.js';

const PATIENCE = 20n * SA_TIME_ONE_SECOND;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** A handle that is left open on node 1: it learns of the end of the service there. */
interface Handle {
  dispatch(flags: DispatchFlags): Promise<void>;
}

/** What is done with each service on node 1, and found on node 2 when node 1 has it no more. */
interface Use {
  leave(bindings: LibraryBindings): Promise<Handle>;
  /** With the service on both nodes. */
  together?(bindings: LibraryBindings): Promise<void>;
  find(bindings: LibraryBindings): Promise<void>;
}

const members = async (bindings: LibraryBindings): Promise<number[]> => {
  const clm = await new ClmLibrary(bindings).initialize({}, B_01_01);
  const buffer = notificationBuffer();
  await clm.clusterTrack(TrackFlags.CURRENT, buffer);
  await clm.finalize();
  return buffer.notification.map(({ clusterNode }) => clusterNode.nodeId);
};
const tryLock = async (bindings: LibraryBindings): Promise<number> => {
  const lck = await new LckLibrary(bindings).initialize({}, B_01_01);
  const resource = await lck.resourceOpen('R', ResourceOpenFlags.RESOURCE_CREATE, PATIENCE);
  const { lockStatus } = await resource.lock(LockMode.EX, LockFlags.NO_QUEUE, 0n, PATIENCE);
  await lck.finalize();
  return lockStatus;
};
const expired = async (bindings: LibraryBindings): Promise<Handle> => {
  const runs: bigint[] = [];
  const tmr = await new TmrLibrary(bindings).initialize({ timerExpired: (_id, _data, n) => runs.push(n) }, A_01_01);
  const attributes = {
    type: TimeType.DURATION,
    initialExpirationTime: 50n * SA_TIME_ONE_MILLISECOND,
    timerPeriodDuration: 0n,
  };
  tmr.timerStart(attributes, 'data');
  await tmr.selectionObjectGet().ready();
  await tmr.dispatch(DispatchFlags.ALL);
  expect(runs).to.deep.equal([1n]);
  return tmr;
};

const USES: Readonly<Record<string, Use>> = {
  clm: {
    leave: (bindings) => new ClmLibrary(bindings).initialize({}, B_01_01),
    together: async (bindings) => {
      expect(await members(bindings)).to.deep.equal([1, 2]);
    },
    find: async (bindings) => {
      expect(await members(bindings)).to.deep.equal([2]);
    },
  },
  lck: {
    leave: async (bindings) => {
      const lck = await new LckLibrary(bindings).initialize({}, B_01_01);
      const resource = await lck.resourceOpen('R', ResourceOpenFlags.RESOURCE_CREATE, PATIENCE);
      const { lockStatus } = await resource.lock(LockMode.EX, 0, 0n, PATIENCE);
      expect(lockStatus).to.equal(LockStatus.GRANTED);
      return lck;
    },
    together: async (bindings) => {
      expect(await tryLock(bindings)).to.equal(LockStatus.NOT_QUEUED);
    },
    find: async (bindings) => {
      expect(await tryLock(bindings)).to.equal(LockStatus.GRANTED);
    },
  },
  ckpt: {
    leave: async (bindings) => {
      const ckpt = await new CkptLibrary(bindings).initialize({}, B_01_01);
      const attributes = {
        creationFlags: CreationFlags.WR_ALL_REPLICAS,
        checkpointSize: 200,
        retentionDuration: SA_TIME_END,
        maxSections: 2,
        maxSectionSize: 100,
        maxSectionIdSize: 10,
      };
      const checkpoint = await ckpt.checkpointOpen('C', attributes, CkptOpen.CREATE | CkptOpen.WRITE, PATIENCE);
      await checkpoint.sectionCreate({ sectionId: 's' }, bytes('written on 1'));
      return ckpt;
    },
    find: async (bindings) => {
      const ckpt = await new CkptLibrary(bindings).initialize({}, B_01_01);
      const checkpoint = await ckpt.checkpointOpen('C', null, CkptOpen.READ, PATIENCE);
      const [data] = await checkpoint.read([{ sectionId: 's' }]);
      expect(text(data)).to.equal('written on 1');
      await ckpt.finalize();
    },
  },
  evt: {
    leave: async (bindings) => {
      const evt = await new EvtLibrary(bindings).initialize({}, B_01_01);
      const flags = ChannelOpenFlags.PUBLISHER | ChannelOpenFlags.CREATE;
      const event = (await evt.channelOpen('E', flags, PATIENCE)).eventAllocate();
      event.attributesSet({ priority: 0, retentionTime: SA_TIME_END });
      await event.publish(bytes('published on 1'));
      return evt;
    },
    find: async (bindings) => {
      const texts: string[] = [];
      const evt = await new EvtLibrary(bindings).initialize(
        { eventDeliver: (_id, event) => texts.push(text(event.dataGet())) },
        B_01_01,
        { dispatch: 'automatic' },
      );
      await (await evt.channelOpen('E', ChannelOpenFlags.SUBSCRIBER, PATIENCE)).eventSubscribe([], 1);
      await eventually('the event', () => texts.length > 0);
      expect(texts).to.deep.equal(['published on 1']);
      await evt.finalize();
    },
  },
  msg: {
    leave: async (bindings) => {
      const msg = await new MsgLibrary(bindings).initialize({}, B_01_01);
      const size = [100, 100, 100, 100];
      const attributes = { creationFlags: MsgCreation.PERSISTENT, size, retentionTime: 0n };
      await msg.queueOpen('Q', attributes, MsgOpen.CREATE, PATIENCE);
      await msg.messageSend('Q', { priority: 0, data: bytes('sent on 1') }, PATIENCE);
      return msg;
    },
    find: async (bindings) => {
      const msg = await new MsgLibrary(bindings).initialize({}, B_01_01);
      const queue = await msg.queueOpen('Q', null, 0, PATIENCE);
      expect(text((await queue.messageGet(PATIENCE)).message.data)).to.equal('sent on 1');
      await msg.finalize();
    },
  },
  tmr: {
    leave: expired,
    find: async (bindings) => {
      const tmr = await expired(bindings);
      await tmr.dispatch(DispatchFlags.ALL);
    },
  },
};

/** A ring of two Chorale nodes and one Corosync node, under CPG traffic of the latter, in which services come and go. */
describe('optional services in a ring with a Corosync node', function () {
  this.timeout(60_000);
  needsLab(this);
  let lab: Lab;
  let daemons: Daemon[];
  let corosync: Client;
  let traffic: Promise<void>;
  let isOver = false;
  /** Lines of the Corosync node's log before the first service came. */
  let began = 0;

  before(async () => {
    lab = new Lab({ nodes: 3, transport: 'udpu', clientsOutside: true });
    daemons = lab.start('chorale', 'chorale', 'corosync');
    await lab.oneRing();
    corosync = await daemons[2]!.client('traffic');
    began = daemons[2]!.output.count;
    traffic = (async () => {
      for (let sent = 20; !isOver; sent += 20) {
        corosync.send(500, 20);
        await corosync.delivered(sent);
      }
    })();
    // Whoever awaits it at the end is told.
    traffic.catch(() => undefined);
  });
  after(async () => {
    isOver = true;
    await lab?.close();
  });

  const bindings = (host: number): LibraryBindings => daemonBindings({ path: daemons[host - 1]!.socket });
  const control = async (host: number, work: (client: ControlClient) => Promise<string>): Promise<void> => {
    const client = await ControlClient.connect({ path: daemons[host - 1]!.socket });
    await work(client).finally(() => client.close());
  };
  const load = async (host: number, service: string): Promise<void> => {
    await control(host, (client) => client.load(`chorale/${service}`));
    await eventually(`${service} on host ${host}`, async () => {
      const client = await ControlClient.connect({ path: daemons[host - 1]!.socket });
      const { services } = await client.status().finally(() => client.close());
      return services.some((one) => one.service === service && one.state === 'running');
    });
    await lab.oneRing();
  };
  const outcome = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'OK',
      (thrown: SaError) => thrown.spec,
    );

  for (const [service, { leave, together, find }] of Object.entries(USES)) {
    it(`${service} is loaded and unloaded while the node stays on the ring`, async () => {
      const missing = await outcome(leave(bindings(1)));
      expect(missing, 'not loaded yet').to.equal('SA_AIS_ERR_NOT_SUPPORTED');
      await load(1, service);
      const handle = await leave(bindings(1));
      await load(2, service);
      await together?.(bindings(2));
      const ring = await lab.oneRing();
      await control(1, (client) => client.unload(service));
      await eventually('the word to the program', async () => {
        return (await outcome(handle.dispatch(DispatchFlags.ALL))) === 'SA_AIS_ERR_LIBRARY';
      });
      await find(bindings(2));
      await control(2, (client) => client.unload(service));
      expect(await lab.oneRing(), 'no ring is formed to unload').to.equal(ring);
    });
  }

  it('the Corosync node saw rings of the same members only, and its program every message in order', async () => {
    isOver = true;
    await traffic;
    const { errors, delivered } = await corosync.report();
    expect(errors).to.equal(0);
    expect(delivered).to.be.greaterThan(100);
    const log = daemons[2]!.output.since(began);
    expect(log.filter((line) => line.includes('A new membership')).length, 'rings').to.be.at.least(12);
    expect(log.filter((line) => /Members left|Sync left/.test(line))).to.deep.equal([]);
  });
});
