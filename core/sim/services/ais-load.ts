import ckptPlugin from '../../../plugins/ckpt/index.js';
import clmPlugin from '../../../plugins/clm/index.js';
import evtPlugin from '../../../plugins/evt/index.js';
import lckPlugin from '../../../plugins/lck/index.js';
import msgPlugin from '../../../plugins/msg/index.js';
import tmrPlugin from '../../../plugins/tmr/index.js';
import type { Property } from '../checker/violation.js';
import type { ServiceTraffic } from '../plan.js';
import { AisLog } from './ais-client.js';
import type { AisClient } from './ais-client.js';
import { CkptUser, ClmUser, EvtUser, LckUser, MsgUser, TmrUser } from './ais-clients.js';
import { aisProperties } from './ais-properties.js';
import type { AisEnd } from './ais-properties.js';
import type { ServiceLife, ServiceUsers, SimService } from './service-load.js';

/** The services of the SA Forum: on each node a process with a library handle of each. */
export const aisService: SimService = {
  name: 'ais',
  plugins: () => [clmPlugin, ckptPlugin, evtPlugin, lckPlugin, msgPlugin, tmrPlugin],
  begin: (log, nodeIds) => {
    const shared = new AisLog(log);
    const all: AisUsers[] = [];
    const ends: AisEnd[] = [];
    return {
      users: (life, traffic) => {
        const users = new AisUsers(life, traffic, shared, nodeIds);
        all.push(users);
        return users;
      },
      end: () => {
        for (const users of all) if (log.isAlive(users.life.process.index)) ends.push(users.end());
      },
      properties: properties(ends, shared),
    };
  },
};

function properties(ends: readonly AisEnd[], shared: AisLog): Property[] {
  return aisProperties(ends, shared.waiting, shared.log);
}

class AisUsers implements ServiceUsers {
  readonly inTurns = true;
  private readonly clm: ClmUser;
  private readonly lck: LckUser;
  private readonly clients: readonly AisClient<unknown>[];

  constructor(
    readonly life: ServiceLife,
    traffic: ServiceTraffic,
    shared: AisLog,
    nodeIds: readonly number[],
  ) {
    this.clm = new ClmUser(life, shared);
    this.lck = new LckUser(life, shared);
    const others = [
      new CkptUser(life, shared, traffic),
      new EvtUser(life, shared),
      new MsgUser(life, shared, nodeIds),
      new TmrUser(life, shared),
    ];
    this.clients = [this.clm, this.lck, ...others];
  }

  get pending(): number {
    return this.clients.reduce((sum, { pending }) => sum + pending, 0);
  }

  act(): void {
    this.life.random.pick(this.clients).act();
  }

  end(): AisEnd {
    const { life, clm, lck } = this;
    const { services } = life.node.dump() as { services: Readonly<Record<string, unknown>> };
    return { process: life.process, members: clm.members, held: [...lck.held.values()], services };
  }
}
