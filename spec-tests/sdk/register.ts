import {
  AisHandle,
  AisLibrary,
  B_01_01,
  HandleType,
  LATER,
  Nothing,
  ReplicatedEngine,
  SaError,
  definePlugin,
  local,
  notice,
  ordered,
  speaksFor,
} from 'chorale/sdk';
import type {
  Activation,
  Branch,
  LibraryBindings,
  OwnerId,
  Plugin,
  PluginContext,
  ReplyTo,
  SaTime,
  Session,
} from 'chorale/sdk';
import { Changed, Entry, Get, Put } from './register.proto.js';

/*
 * A toy service for the tests of the SDK: texts by key. Whoever puts one may hold it: then it goes with him. A key that is
 * held by somebody else is refused; `wait` is answered when it is free.
 */

export const SERVICE = { id: 60, name: 'register' } as const;

export const Operations = {
  put: ordered(0, Put, Entry),
  get: local(1, Get, Entry),
  wait: ordered(2, Get, Nothing),
  follow: local(3, Nothing, Nothing),
};
export const changed = notice(1, Changed);

interface State {
  readonly entries: Map<string, Entry>;
  readonly waiting: (ReplyTo & { key: string })[];
}

export class RegisterEngine extends ReplicatedEngine<State> {
  private readonly followers = new Set<OwnerId>();
  activations: Activation[] = [];

  constructor(context: PluginContext) {
    super(context, SERVICE, { entries: new Map(), waiting: [] });
    this.serve(Operations.put, ({ key, value, held, ttl }, { owner, sequence }) => {
      const old = this.state.entries.get(key);
      if (old !== undefined && old.owner !== '' && old.owner !== owner) {
        throw new SaError('ERR_BUSY', `${key} is held`);
      }
      const entry = { key, value, version: sequence, owner: held ? owner : '' };
      this.state.entries.set(key, entry);
      if (ttl > 0) this.expiries.start(key, ttl, sequence);
      else this.expiries.stop(key);
      this.tell(key);
      return entry;
    });
    this.serveLocal(Operations.get, ({ key }) => {
      const entry = this.state.entries.get(key);
      if (entry === undefined) throw new SaError('ERR_NOT_EXIST', key);
      return entry;
    });
    this.serve(Operations.wait, ({ key }, { owner, call }) => {
      if (!this.isHeld(key)) return {};
      this.state.waiting.push({ owner, call, key });
      return LATER;
    });
    this.serveLocal(Operations.follow, (_nothing, { owner }) => {
      this.followers.add(owner);
      return {};
    });
  }

  dump(): unknown {
    return [...this.state.entries.values()].map(({ key, value, version, owner }) => [key, value, version, owner]);
  }

  protected override stage(): State {
    return { entries: new Map(), waiting: [] };
  }

  protected override *snapshot({ entries }: State): Iterable<Uint8Array> {
    for (const entry of entries.values()) yield Entry.encode(entry);
  }

  protected override load(stage: State, record: Uint8Array): void {
    const entry = Entry.decode(record);
    stage.entries.set(entry.key, entry);
  }

  /** The larger branch's entries win; waiting clients are in their own branch only. */
  protected override merge(branches: readonly Branch<State>[]): State {
    const merged = this.stage();
    for (const branch of branches) {
      for (const entry of branch.state.entries.values()) {
        if (entry.owner !== '' && !speaksFor(branch, entry.owner, branches)) continue;
        if (!merged.entries.has(entry.key)) merged.entries.set(entry.key, entry);
      }
    }
    return merged;
  }

  protected override ownersGone(isGone: (owner: OwnerId) => boolean): void {
    for (const { key, owner } of [...this.state.entries.values()]) {
      if (owner !== '' && isGone(owner)) this.remove(key);
    }
  }

  protected override clientGone(owner: OwnerId): void {
    this.followers.delete(owner);
  }

  protected override activated(activation: Activation): void {
    this.activations.push(activation);
  }

  protected override expired(key: string): void {
    this.remove(key);
  }

  private remove(key: string): void {
    this.state.entries.delete(key);
    this.expiries.stop(key);
    for (const waiting of this.state.waiting.filter((one) => one.key === key)) {
      this.state.waiting.splice(this.state.waiting.indexOf(waiting), 1);
      this.reply(waiting, Operations.wait, {});
    }
    this.tell(key);
  }

  private isHeld(key: string): boolean {
    return (this.state.entries.get(key)?.owner ?? '') !== '';
  }

  private tell(key: string): void {
    for (const follower of this.followers) this.notify(follower, changed, { key });
  }
}

export interface RegisterCallbacks {
  changed(key: string): void;
  got(invocation: bigint, value: string | undefined, error: SaError | undefined): void;
}

/** The client library of the toy. */
export class RegisterLibrary extends AisLibrary<RegisterCallbacks, Register> {
  constructor(bindings: LibraryBindings) {
    super({ service: SERVICE.name, versions: [B_01_01], create: (session) => new Register(session) }, bindings);
  }
}

/** Something that can be opened through a handle. */
export class Slip {
  constructor(readonly key: string) {}
}
const SLIP = new HandleType<Slip>('slip');

export class Register extends AisHandle<RegisterCallbacks> {
  constructor(session: Session<RegisterCallbacks>) {
    super(session);
    this.onNotice(changed, ({ key }) => {
      const { changed: callback } = this.callbacks;
      if (callback) this.queue(() => callback(key));
    });
  }

  async put(
    key: string,
    value: string,
    options: { held?: boolean; ttl?: number; timeout?: SaTime } = {},
  ): Promise<Entry> {
    const { held = false, ttl = 0, timeout } = options;
    return this.call(Operations.put, { key, value, held, ttl }, timeout === undefined ? {} : { timeout });
  }

  async get(key: string): Promise<string> {
    return (await this.call(Operations.get, { key })).value;
  }

  getAsync(invocation: bigint, key: string): void {
    const callback = this.needed('got');
    this.start(Operations.get, { key }, ({ error, reply }) =>
      this.queue(() => callback(invocation, reply?.value, error)),
    );
  }

  async wait(key: string, timeout?: SaTime, late?: () => void): Promise<void> {
    await this.call(Operations.wait, { key }, { ...(timeout === undefined ? {} : { timeout }), ...(late && { late }) });
  }

  async follow(): Promise<void> {
    await this.call(Operations.follow, {});
  }

  slip(key: string): bigint {
    this.check();
    return this.open(SLIP, new Slip(key));
  }

  slipAt(handle: bigint): Slip {
    return this.handles.get(SLIP, handle);
  }
}

/** The plugin of the toy; `made` is told each engine. */
export function registerPlugin(made: (nodeId: number, engine: RegisterEngine) => void = () => undefined): Plugin {
  return definePlugin({
    name: 'register',
    version: '1.0.0',
    sdk: 1,
    service: SERVICE,
    create: (context) => {
      const engine = new RegisterEngine(context);
      made(context.nodeId, engine);
      return engine;
    },
  });
}
