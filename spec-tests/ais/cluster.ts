import { expect } from 'chai';
import type { Plugin, SaError } from 'chorale/sdk';
import { SimulatedCluster } from 'chorale/testing';

/** A cluster with AIS services, for the tests of conformance rows: started, synchronized, and with a way to let promises settle. */
export class AisCluster {
  readonly cluster: SimulatedCluster;

  private constructor(
    readonly nodes: readonly number[],
    plugins: readonly Plugin[] | ((nodeId: number) => readonly Plugin[]),
    seed: number,
  ) {
    const of = typeof plugins === 'function' ? plugins : () => plugins;
    this.cluster = new SimulatedCluster({ nodes, plugins: of, seed });
  }

  /** Starts these nodes of the cluster, or all. */
  static async of(
    nodes: readonly number[],
    plugins: readonly Plugin[] | ((nodeId: number) => readonly Plugin[]),
    { start = nodes, seed = 1 }: { readonly start?: readonly number[]; readonly seed?: number } = {},
  ): Promise<AisCluster> {
    const made = new AisCluster(nodes, plugins, seed);
    made.cluster.start(...start);
    await made.cluster.formed(...start);
    return made;
  }

  settled<T>(work: Promise<T>): Promise<T> {
    return this.cluster.settled(work);
  }

  /** Lets time pass until what was asked so far is done. */
  quiet(milliseconds = 100): Promise<void> {
    return this.cluster.run(milliseconds);
  }

  /** The name of the error that a call ends with, without SA_AIS_; OK if it does well. */
  async outcome(call: () => unknown): Promise<string> {
    const work = (async () => call())();
    return this.settled(
      work.then(
        () => 'OK',
        (thrown: unknown) => outcomeName(thrown),
      ),
    );
  }

  /** The SaError that a call ends with. */
  async error(call: () => Promise<unknown>): Promise<SaError> {
    const error = await this.settled(
      call().then(
        () => undefined,
        (thrown: unknown) => thrown as SaError,
      ),
    );
    expect(error, 'an error').to.be.an('error');
    return error!;
  }
}

/** What an SaError is called, without SA_AIS_ERR_. Anything else thrown goes on. */
export function outcomeName(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.name !== 'SaError') throw thrown;
  return (thrown as SaError).spec.replace('SA_AIS_ERR_', '');
}
