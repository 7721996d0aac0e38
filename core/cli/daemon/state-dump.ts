/** A node's state as lines for the log: one a part, and one a service. */
export function stateLines(dump: Readonly<Record<string, unknown>>): string[] {
  const { services, ...parts } = dump;
  const line = (name: string, value: unknown): string => `State of ${name}: ${asText(value)}`;
  return [
    ...Object.entries(parts).map(([name, value]) => line(name, value)),
    ...Object.entries((services ?? {}) as Record<string, unknown>).map(([name, value]) =>
      line(`service ${name}`, value),
    ),
  ];
}

/** JSON, also of what JSON has no form for. */
export function asText(value: unknown): string {
  return plainJson(value) ?? 'nothing';
}

/** As `asText`, over several lines if `indent` is given; undefined for undefined. */
export function plainJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, plain, indent);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}
