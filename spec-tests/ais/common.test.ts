import { expect } from 'chai';
import { DispatchFlags } from 'chorale/sdk';
import type { SaVersion, SaVersionError } from 'chorale/sdk';
import type { SimulatedProgram } from 'chorale/testing';
import { AisCluster, outcomeName } from './cluster.js';
import { SERVICES } from './common-services.js';
import type { AnyHandle, AnyLibrary, CommonService } from './common-services.js';
import { ConformanceTable } from './rows.js';

const { ONE, ALL, BLOCKING } = DispatchFlags;
const WILD = 0x1234_5678_9abcn;

/** One service on a cluster, with a process of it. */
class Common {
  readonly ran: bigint[] = [];
  readonly callbacks: object;
  handle!: AnyHandle;

  private constructor(
    readonly service: CommonService,
    readonly ais: AisCluster,
    readonly program: SimulatedProgram,
    readonly library: AnyLibrary,
  ) {
    this.callbacks = service.callbacks((invocation) => {
      this.ran.push(invocation);
      this.inCallback();
    });
  }

  static async of(service: CommonService, nodes: readonly number[] = [1]): Promise<Common> {
    const ais = await AisCluster.of(nodes, [service.plugin]);
    const program = ais.cluster.program(1);
    const common = new Common(service, ais, program, service.library(program));
    common.handle = await common.initialize();
    return common;
  }

  initialize(callbacks: object | null = this.callbacks, version = this.service.version): Promise<AnyHandle> {
    return this.ais.settled(this.library.initialize(callbacks, version));
  }

  /** Called in each callback. */
  inCallback: () => void = () => undefined;

  /** Has callbacks of these invocations pending. */
  async pending(...invocations: bigint[]): Promise<void> {
    for (const invocation of invocations) this.service.ask(this.handle, invocation);
    await this.ais.quiet();
  }

  dispatch(flags: DispatchFlags, handle = this.handle): Promise<string> {
    return this.ais.outcome(() => handle.dispatch(flags));
  }
}

describe('AIS, all services', () => {
  const table = new ConformanceTable('common');

  for (const service of SERVICES) {
    const row = (ids: string | readonly string[], title: string, test: (common: Common) => Promise<void>): void =>
      table.row(ids, `${service.name}: ${title}`, async () => test(await Common.of(service)));
    const refusal = async (common: Common, version: SaVersion): Promise<SaVersion> => {
      const error = (await common.ais.error(() => common.library.initialize({}, version))) as SaVersionError;
      expect(outcomeName(error)).to.equal('VERSION');
      return error.supported;
    };
    const { version } = service;

    row(['COM-INIT-01', 'COM-INIT-02', 'COM-INIT-03', 'COM-INIT-14'], 'with callbacks and without', async (common) => {
      expect(common.handle.version).to.deep.equal(version);
      for (const callbacks of [null, {}]) expect(await common.initialize(callbacks)).to.be.an('object');
      expect((await common.initialize()).handle).to.not.equal(common.handle.handle);
    });
    row(['COM-INIT-05'], 'no version', async ({ ais, library }) => {
      expect(await ais.outcome(() => library.initialize({}, null as never))).to.equal('INVALID_PARAM');
      expect(await ais.outcome(() => library.initialize({}, undefined as never))).to.equal('INVALID_PARAM');
    });
    const zero = { releaseCode: '\0', majorVersion: 0, minorVersion: 0 };
    for (const [ids, asked] of [
      ['COM-INIT-07', zero],
      ['COM-INIT-08', service.above],
      ['COM-INIT-09', service.below],
      ['COM-INIT-10', { ...version, majorVersion: version.majorVersion + 1 }],
      ['COM-INIT-12', { ...version, majorVersion: 0 }],
    ] as const) {
      row([ids, 'COM-INIT-13'], `version ${JSON.stringify(asked)}`, async (common) => {
        const supported = await refusal(common, asked);
        expect(supported).to.deep.equal(version);
        await common.initialize({}, supported);
      });
    }
    row('COM-INIT-11', 'minor 0xFF', async (common) => {
      expect((await common.initialize({}, { ...version, minorVersion: 0xff })).version).to.deep.equal(version);
    });
    row('COM-INIT-15', 'callbacks changed after the call', async (common) => {
      for (const name of Object.keys(common.callbacks)) {
        (common.callbacks as Record<string, unknown>)[name] = () => expect.fail('the new one runs');
      }
      await common.pending(1n);
      await common.dispatch(ALL);
      expect(common.ran).to.deep.equal([1n]);
    });

    row(
      ['COM-SEL-01', 'COM-SEL-05', 'COM-SEL-06', 'COM-SEL-07'],
      'readable while something is pending',
      async (common) => {
        const object = common.handle.selectionObjectGet();
        expect(common.handle.selectionObjectGet()).to.equal(object);
        expect(object.readable).to.equal(false);
        const ready = object.ready();
        await common.pending(1n);
        expect(await common.ais.settled(ready)).to.equal(true);
        expect(object.readable).to.equal(true);
        await common.dispatch(ONE);
        expect(object.readable).to.equal(false);
      },
    );
    row(['COM-SEL-03', 'COM-SEL-04'], 'of no handle', async (common) => {
      for (const handle of [0n, WILD]) {
        expect(await common.ais.outcome(() => common.library.at(handle).selectionObjectGet())).to.equal('BAD_HANDLE');
      }
      await common.ais.settled(common.handle.finalize());
      expect(await common.ais.outcome(() => common.handle.selectionObjectGet())).to.equal('BAD_HANDLE');
    });
    row('COM-SEL-08', 'of two handles', async (common) => {
      const other = await common.initialize();
      await common.pending(1n);
      expect(common.handle.selectionObjectGet().readable).to.equal(true);
      expect(other.selectionObjectGet().readable).to.equal(false);
    });

    row(['COM-DISP-01', 'COM-DISP-03'], 'nothing pending', async (common) => {
      const began = common.ais.cluster.now;
      expect([await common.dispatch(ONE), await common.dispatch(ALL)]).to.deep.equal(['OK', 'OK']);
      expect(common.ais.cluster.now).to.equal(began);
    });
    row(['COM-DISP-02', 'COM-DISP-04'], 'ONE and ALL', async (common) => {
      await common.pending(1n, 2n, 3n, 4n);
      await common.dispatch(ONE);
      expect(common.ran).to.deep.equal([1n]);
      await common.dispatch(ALL);
      expect(common.ran).to.deep.equal([1n, 2n, 3n, 4n]);
    });
    row(['COM-DISP-05', 'COM-DISP-06'], 'BLOCKING', async (common) => {
      let over = false;
      const blocking = common.handle.dispatch(BLOCKING).then(() => (over = true));
      await common.pending(1n);
      await common.pending(2n);
      expect(common.ran).to.deep.equal([1n, 2n]);
      expect(over).to.equal(false);
      await common.ais.settled(common.handle.finalize());
      await common.ais.settled(blocking);
    });
    row('COM-DISP-07', 'other flags', async (common) => {
      for (const flags of [0, 4, -1]) expect(await common.dispatch(flags as never)).to.equal('INVALID_PARAM');
    });
    row(['COM-DISP-08', 'COM-DISP-09'], 'dispatch of no handle', async (common) => {
      expect(await common.ais.outcome(() => common.library.at(WILD).dispatch(ALL))).to.equal('BAD_HANDLE');
      await common.ais.settled(common.handle.finalize());
      expect(await common.dispatch(ALL)).to.equal('BAD_HANDLE');
    });
    row('COM-DISP-10', 'a callback finalizes', async (common) => {
      common.inCallback = () => void common.handle.finalize();
      await common.pending(1n, 2n);
      expect(await common.dispatch(ALL)).to.equal('OK');
      expect(common.ran).to.deep.equal([1n]);
    });
    row('COM-DISP-11', 'a callback dispatches', async (common) => {
      common.inCallback = () => void common.handle.dispatch(ALL);
      await common.pending(1n, 2n, 3n);
      expect(await common.dispatch(ALL)).to.equal('OK');
      expect(common.ran).to.deep.equal([1n, 2n, 3n]);
    });

    row(['COM-FIN-01', 'COM-FIN-02', 'COM-FIN-03', 'COM-FIN-04', 'COM-FIN-06'], 'finalize', async (common) => {
      const { ais, library, handle } = common;
      const other = await common.initialize();
      await ais.settled(handle.finalize());
      expect(await ais.outcome(() => handle.finalize())).to.equal('BAD_HANDLE');
      expect(await ais.outcome(() => library.at(WILD).finalize())).to.equal('BAD_HANDLE');
      expect(await ais.outcome(() => service.call(handle))).to.equal('BAD_HANDLE');
      expect(await ais.outcome(() => service.ask(handle, 1n))).to.equal('BAD_HANDLE');
      expect(await ais.outcome(() => service.call(other))).to.equal('OK');
    });
    row(['COM-FIN-05', 'COM-ASYNC-05'], 'finalize with callbacks pending', async (common) => {
      await common.pending(1n, 2n);
      service.ask(common.handle, 3n);
      await common.ais.settled(common.handle.finalize());
      await common.ais.quiet();
      expect(common.ran).to.deep.equal([]);
    });
    if (service.open !== undefined) {
      row('COM-FIN-07', 'an object of a finalized handle', async (common) => {
        const call = await common.ais.settled(service.open!(common.handle));
        await common.ais.settled(common.handle.finalize());
        expect(await common.ais.outcome(call)).to.equal('BAD_HANDLE');
      });
    }
    if (service.hold !== undefined) {
      table.row('COM-FIN-08', `${service.name}: a process is killed, as one that finalizes`, async () => {
        for (const end of ['kill', 'finalize']) {
          const common = await Common.of(service, [1, 2]);
          const isThere = await common.ais.settled(service.hold!(common.handle));
          const program = common.ais.cluster.program(2);
          const other = await common.ais.settled(service.library(program).initialize({}, version));
          expect(await common.ais.settled(isThere(other))).to.equal(true);
          if (end === 'kill') common.program.kill();
          else await common.ais.settled(common.handle.finalize());
          await common.ais.quiet();
          expect(await common.ais.settled(isThere(other))).to.equal(false);
        }
      });
    }

    row('COM-ASYNC-01', 'without the callback', async (common) => {
      const mute = await common.initialize({});
      expect(await common.ais.outcome(() => service.ask(mute, 1n))).to.equal('INIT');
    });
    row(['COM-ASYNC-02', 'COM-ASYNC-03', 'COM-ASYNC-04'], 'invocations', async (common) => {
      const invocations = [0n, 2n ** 64n - 1n, 5n, 5n];
      await common.pending(...invocations);
      await common.dispatch(ALL);
      expect(common.ran).to.deep.equal(invocations);
    });
    it(`${service.name}: calls end with LIBRARY when the service is gone, and only finalize is left`, async () => {
      const common = await Common.of(service);
      const blocking = common.handle.dispatch(BLOCKING);
      const ended = common.ais.outcome(() => blocking);
      common.ais.cluster.node(1).host.unload(service.name);
      expect(await ended).to.equal('LIBRARY');
      expect(await common.ais.outcome(() => service.call(common.handle))).to.equal('LIBRARY');
      expect(await common.dispatch(ALL)).to.equal('LIBRARY');
      expect(await common.ais.outcome(() => common.handle.finalize())).to.equal('OK');
    });
  }

  for (const id of ['COM-INIT-04', 'COM-INIT-06']) {
    table.notApplicable(id, 'there is no output pointer for the handle: it is the result');
  }
  table.notApplicable('COM-SEL-02', 'there is no output pointer: the selection object is the result');
  table.complete();
});
