/** An address of this host's interfaces. */
export interface LocalAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What configuration needs of the host it is for. Tests give their own; nothing in this room asks the host otherwise. */
export interface Environment {
  /** The kernel's host name. */
  readonly hostname: string;
  /** Relative paths are relative to this. */
  readonly workingDirectory: string;
  /** Names one of several nodes of this host; wins over `system.instance` in the file. */
  readonly instance?: string;
  /** Where a user other than root keeps the state of instances; missing: root's own directory. */
  readonly stateHome?: string;
  localAddresses(): readonly LocalAddress[];
  /** Addresses of a name, in the resolver's order of preference; empty if it has none. */
  resolve(name: string): Promise<readonly LocalAddress[]>;
  /** The name of an address, or undefined. */
  reverse(address: string): Promise<string | undefined>;
  /** Number of a user by name, or undefined. */
  userId(name: string): Promise<number | undefined>;
  /** Number of a group by name, or undefined. */
  groupId(name: string): Promise<number | undefined>;
}
