import { dirname, isAbsolute, resolve } from 'node:path';
import { numericId } from './collect.js';
import { entriesOf } from './entries.js';
import { interfaceOf } from './interface.js';
import { loggingOf } from './logging.js';
import { nodeListOf } from './nodes.js';
import { quorumOf } from './quorum.js';
import { NameResolver } from './resolve.js';
import { systemOf } from './system.js';
import { tuningOf } from './tuning.js';
import type { Collected, NamedId } from './collect.js';
import type { Environment } from './environment.js';
import type { Origin, Report } from './errors.js';
import type {
  ClusterConfig,
  InterfaceConfig,
  IpVersion,
  ServiceConfig,
  TotemConfig,
  TransportName,
  UidGidConfig,
} from './model.js';
import type { NodeList } from './nodes.js';
import type { ConfigStore } from './store.js';

/**
 * Builds the model from collected directives: automatic values, names, and every check that needs more than one key.
 * Everything is checked before it gives up.
 * @throws ConfigError with all problems of the report
 */
export async function buildConfig(
  collected: Collected,
  file: string,
  environment: Environment,
  report: Report,
): Promise<ClusterConfig> {
  const { store } = collected;
  const whole: Origin = { file, line: 0 };
  const logging = loggingOf(store, environment.workingDirectory, report);
  const system = systemOf(store, environment, report);
  const host = system.instance === undefined ? environment : withInstance(environment, system.instance);
  const resolver = new NameResolver(environment);
  const transport = transportOf(store, whole, report);
  const ipVersion = ipVersionOf(store, transport);
  if (!store.has('totem.version') && !alreadyReported(report, 'totem.version')) {
    report.problem(
      'totem',
      { origin: whole, key: 'totem.version' },
      'is missing; add "version: 2" to the totem section',
    );
  }
  const uidgid = await uidGidOf(collected.namedIds, environment, report);
  const list = await nodeListOf(collected, ipVersion, host, resolver, whole, report);
  const tuning = tuningOf(store, collected.nodes.length, whole, report);
  const link = list && (await interfaceOf(store, transport, ipVersion, list, resolver, report));
  const quorum = list && quorumOf(store, list, whole, report);
  report.throwIfFailed();
  if (list === undefined || link === undefined || quorum === undefined) {
    throw new Error('a nodelist that cannot be used was not reported');
  }
  const totem: TotemConfig = { ...tuning, ...identityOf(store, transport, ipVersion, list, link) };
  return {
    file,
    totem,
    nodes: list.nodes,
    localNode: list.localNode,
    quorum,
    logging,
    system,
    uidgid,
    services: collected.services.map((service) => serviceOf(service, file)),
    entries: entriesOf(store, totem, list, uidgid),
  };
}

/** The same host, seen by one of its instances. */
function withInstance(environment: Environment, instance: string): Environment {
  return {
    instance,
    hostname: environment.hostname,
    workingDirectory: environment.workingDirectory,
    localAddresses: () => environment.localAddresses(),
    resolve: (name) => environment.resolve(name),
    reverse: (address) => environment.reverse(address),
    userId: (name) => environment.userId(name),
    groupId: (name) => environment.groupId(name),
  };
}

function alreadyReported(report: Report, key: string): boolean {
  return report.problems.some((problem) => problem.key === key);
}

/** The transport; if it is missing or refused, checking goes on as with udpu. */
function transportOf(store: ConfigStore, file: Origin, report: Report): TransportName {
  const word = store.string('totem.transport');
  if (word === undefined && !alreadyReported(report, 'totem.transport')) {
    const text =
      'is missing, which means knet, and knet is not supported yet; add "transport: udpu" or "transport: udp", the same on every node';
    report.problem('totem', { origin: file, key: 'totem.transport' }, text);
  }
  return word === 'udp' ? 'udp' : 'udpu';
}

function ipVersionOf(store: ConfigStore, transport: TransportName): IpVersion {
  return (store.string('totem.ip_version') as IpVersion | undefined) ?? (transport === 'udp' ? 'ipv4' : 'ipv6-4');
}

function identityOf(
  store: ConfigStore,
  transport: TransportName,
  ipVersion: IpVersion,
  list: NodeList,
  link: InterfaceConfig,
): Omit<TotemConfig, keyof ReturnType<typeof tuningOf>> {
  return {
    version: 2,
    transport,
    clusterName: store.string('totem.cluster_name') ?? '',
    configVersion: store.bigint('totem.config_version') ?? 0n,
    ipVersion,
    addressFamily: list.family,
    clearNodeHighBit: store.string('totem.clear_node_high_bit') === 'yes',
    interface: link,
  };
}

async function uidGidOf(ids: readonly NamedId[], environment: Environment, report: Report): Promise<UidGidConfig> {
  const uids = new Set<number>();
  const gids = new Set<number>();
  for (const { kind, value, origin } of ids) {
    const user = kind === 'uid';
    const lookUp = () => (user ? environment.userId(value) : environment.groupId(value));
    const number = numericId(value) ?? (value === '' ? undefined : await lookUp());
    if (number === undefined) {
      const text = `there is no such ${user ? 'user' : 'group'} on this host; create it, correct the name or write a number`;
      report.problem('parse', { origin, key: `uidgid.${kind}`, value }, text);
    } else (user ? uids : gids).add(number);
  }
  return { uids: [...uids], gids: [...gids] };
}

function serviceOf(service: { name: string; version: number }, file: string): ServiceConfig {
  const isPath = isAbsolute(service.name) || /^\.\.?\//.test(service.name);
  const specifier = isPath ? resolve(dirname(file), service.name) : service.name;
  return { name: service.name, specifier, version: service.version };
}
