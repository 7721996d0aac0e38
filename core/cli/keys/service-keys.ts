import type { PluginHost } from '../../host/plugin-host.js';
import type { HostedService } from '../../host/hosted-service.js';
import { FIRST_OWN_SERVICE_ID } from '../../host/service-engine.js';
import { ValueType } from '../../services/cmap/index.js';
import type { Icmap } from '../../services/cmap/index.js';

/** What of a service the map shows now. */
interface Shown {
  readonly service: HostedService;
  /** Set in the map. */
  readonly set: readonly string[];
  /** Read when they are asked for. */
  readonly supplied: readonly string[];
}

/** Keeps `internal_configuration.service.*` and `runtime.services.*` in the map as services come and go. */
export function showServices(map: Icmap, host: PluginHost): void {
  let shown: Shown[] = [];
  const refresh = (): void => {
    const services = host.services;
    for (const gone of shown.filter(({ service }) => !services.includes(service))) hide(map, gone);
    const kept = shown.filter(({ service }) => services.includes(service));
    const added = services.filter((service) => !kept.some((one) => one.service === service));
    shown = [...kept, ...added.map((service) => show(map, service))];
  };
  host.onServicesChanged(refresh);
  refresh();
}

function show(map: Icmap, service: HostedService): Shown {
  const { id, name, counters } = service;
  const own = id >= FIRST_OWN_SERVICE_ID;
  const configuration = `internal_configuration.service.${id}`;
  const runtime = `runtime.services.${name}`;
  map.setString(`${configuration}.name`, own ? name : `corosync_${name}`);
  map.setNumber(`${configuration}.ver`, ValueType.U32, own ? service.engine.version : 0);
  map.setNumber(`${runtime}.service_id`, ValueType.U16, id);
  const supplied: string[] = [];
  for (let fn = 0; fn < service.functions; fn++) {
    for (const direction of ['rx', 'tx'] as const) {
      const key = `${runtime}.${fn}.${direction}`;
      map.supply(key, ValueType.U64, () => counters[direction][fn]!);
      supplied.push(key);
    }
  }
  return { service, set: [`${configuration}.name`, `${configuration}.ver`, `${runtime}.service_id`], supplied };
}

function hide(map: Icmap, { set, supplied }: Shown): void {
  for (const key of set) map.delete(key);
  for (const key of supplied) map.withdraw(key);
}
