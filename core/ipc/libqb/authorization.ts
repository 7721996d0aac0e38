import type { Credentials } from '../../host/client-hub.js';

/** What decides who may connect. */
export interface AuthorizationRules {
  /** The u8 under a key of the configuration map, if it is one. */
  u8(key: string): number | undefined;
  /** The daemon's own user. */
  readonly ownUid: number;
}

/**
 * Whether a client may connect, by its effective ids alone (ipc.md 11): root, group 0, the daemon's own user, and whom a
 * `uidgid` key with value 1 names. A `restricted` service, which can change the daemon's program, is for root and the
 * daemon's user.
 */
export function mayConnect({ uid, gid }: Credentials, rules: AuthorizationRules, restricted = false): boolean {
  if (uid === 0 || uid === rules.ownUid) return true;
  if (restricted) return false;
  if (gid === 0) return true;
  const keys = [`uid.${uid}`, `config.uid.${uid}`, `gid.${gid}`, `config.gid.${gid}`];
  return keys.some((key) => rules.u8(`uidgid.${key}`) === 1);
}
