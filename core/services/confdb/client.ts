import { CsError, CsErrorCode } from '../../base/errors.js';
import type {
  CmapChange,
  CmapClient,
  CmapEntry,
  CmapInput,
  CmapTracker,
  CmapTypeName,
  CmapTypes,
} from '../cmap/client.js';
import { EventStream } from '../event-stream.js';
import type { CallOptions } from '../service-client.js';

/** How far below an object its changes are told (confdb_track_depth_t). */
export type ConfdbDepth = 'one' | 'recursive';

/** A key of an object was created, replaced or deleted. */
export interface ConfdbKeyChange {
  readonly kind: 'key created' | 'key replaced' | 'key deleted';
  readonly object: ConfdbObject;
  readonly key: string;
  /** Undefined once it is deleted. */
  readonly value: CmapEntry | undefined;
}

/** An object got its first key, or lost its last, with all below it. */
export interface ConfdbObjectChange {
  readonly kind: 'object created' | 'object destroyed';
  readonly object: ConfdbObject;
}

/** The configuration file is read again. */
export interface ConfdbReload {
  readonly kind: 'reload started' | 'reload ended' | 'reload failed';
}

export type ConfdbEvent = ConfdbKeyChange | ConfdbObjectChange | ConfdbReload;

/** What confdb stands on: the configuration map, and who can order a reload. */
export interface ConfdbDependencies {
  readonly cmap: CmapClient;
  /** Every node reads its configuration file again. */
  reload(options?: CallOptions): Promise<void>;
  /** Closes what this client was given. */
  close(): void;
}

/** 1 from the order to its end, whether the file is good or not. */
const RELOADING = 'config.totemconfig_reload_in_progress';
const RELOAD_STATUS = 'config.reload_status';

/**
 * The object database of Corosync 1.x on today's configuration map: objects in a tree, with typed keys. The object
 * `totem.interface.0` with its key `bindnetaddr` is the map's key `totem.interface.0.bindnetaddr`, so both ways of looking
 * see the same. See the README of this folder for what that means.
 */
export class ConfdbClient implements Disposable, AsyncDisposable {
  /** OBJECT_PARENT_HANDLE: what has no parent. */
  readonly root: ConfdbObject;

  constructor(private readonly dependencies: ConfdbDependencies) {
    this.root = new ConfdbObject(dependencies.cmap, '');
  }

  /** Resolves when the connection has ended: to the reason, or to undefined if `close` ended it. */
  get ended(): Promise<Error | undefined> {
    return this.dependencies.cmap.ended;
  }

  /** The object at a path such as `totem.interface.0`, whether it exists or not. */
  object(path: string): ConfdbObject {
    return new ConfdbObject(this.dependencies.cmap, path);
  }

  /** Every node reads its configuration file again (confdb_reload). Rejects with ERR_INVALID_PARAM if it has errors. */
  reload(options?: CallOptions): Promise<void> {
    return this.dependencies.reload(options);
  }

  /**
   * Writing the objects back to the configuration file (confdb_write) is nothing the daemon does: always rejects with
   * ERR_NOT_SUPPORTED. Change the file and `reload`.
   */
  write(): Promise<never> {
    const advice = 'the daemon writes no configuration file: change the file on every node, then reload.';
    return Promise.reject(new CsError('ERR_NOT_SUPPORTED', advice));
  }

  /**
   * The changes of an object from now on, as a stream (confdb_track_changes). Depth `one`: its keys and its children;
   * `recursive`: all below. Reloads are told besides. Leaving the loop stops the tracking.
   */
  async track(
    object: ConfdbObject = this.root,
    { depth = 'recursive', signal }: { readonly depth?: ConfdbDepth } & CallOptions = {},
  ): Promise<EventStream<ConfdbEvent>> {
    const { cmap } = this.dependencies;
    const trackers: CmapTracker[] = [];
    const stream: EventStream<ConfdbEvent> = new EventStream(
      cmap.streamOwner(async () => void (await Promise.all(trackers.map((tracker) => tracker.stop())))),
      signal,
    );
    cmap.ended.then(
      (reason) => stream.end(reason),
      () => undefined,
    );
    const tree = new KnownObjects();
    const changed = (change: CmapChange): void => {
      for (const event of this.eventsOf(change, tree)) {
        if (depth === 'recursive' || isNear(event, object)) stream.push(event);
      }
    };
    // What changes while the tree is read for the first time waits until it is.
    let early: CmapChange[] | undefined = [];
    const tracker = await cmap.onChange(object.prefix, (change) => (early ? early.push(change) : changed(change)), {
      prefix: true,
    });
    trackers.push(tracker);
    for await (const { key } of cmap.keys(object.prefix)) tree.add(key);
    const waited = early;
    early = undefined;
    waited.forEach(changed);
    const reloading = ({ newValue }: CmapChange): void => {
      if (newValue?.value === 1) stream.push({ kind: 'reload started' });
      else void this.reloadOutcome().then((event) => stream.push(event));
    };
    trackers.push(await cmap.onChange(RELOADING, reloading, { changes: ['add', 'modify'] }));
    return stream;
  }

  /** Ends the connections. Closing twice is harmless. */
  close(): void {
    this.dependencies.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  private async reloadOutcome(): Promise<ConfdbReload> {
    const status = await this.dependencies.cmap.get(RELOAD_STATUS).catch(() => undefined);
    const failed = status !== undefined && status.value !== CsErrorCode.OK;
    return { kind: failed ? 'reload failed' : 'reload ended' };
  }

  /** One change of a key, and the objects that come or go with it. */
  private *eventsOf({ kind, key, newValue }: CmapChange, tree: KnownObjects): Generator<ConfdbEvent> {
    const at = (path: string): ConfdbObject => this.object(path);
    const object = at(objectsOf(key).at(-1) ?? '');
    if (kind !== 'delete') for (const path of tree.add(key)) yield { kind: 'object created', object: at(path) };
    const what = ({ add: 'key created', modify: 'key replaced', delete: 'key deleted' } as const)[kind];
    yield { kind: what, object, key: key.slice(object.prefix.length), value: newValue };
    if (kind === 'delete') for (const path of tree.remove(key)) yield { kind: 'object destroyed', object: at(path) };
  }
}

/** Which objects exist, by the keys in them. */
class KnownObjects {
  private readonly keys = new Set<string>();
  private readonly counts = new Map<string, number>();

  /** The objects that this key brings into being, the outermost first. */
  add(key: string): string[] {
    if (this.keys.has(key)) return [];
    this.keys.add(key);
    return objectsOf(key).filter((path) => this.count(path, 1) === 1);
  }

  /** The objects that were there by this key alone, the innermost first. */
  remove(key: string): string[] {
    if (!this.keys.delete(key)) return [];
    return objectsOf(key)
      .filter((path) => this.count(path, -1) === 0)
      .reverse();
  }

  private count(path: string, step: number): number {
    const count = (this.counts.get(path) ?? 0) + step;
    this.counts.set(path, count);
    return count;
  }
}

/**
 * An object of the tree, named by its path. It is a name, not a thing held open: it stays valid while the object is
 * destroyed and made again.
 */
export class ConfdbObject {
  /** @internal */
  constructor(
    private readonly cmap: CmapClient,
    /** Names from the root on, with dots between; empty for the root. */
    readonly path: string,
  ) {}

  /** @internal What the map's keys of this object begin with. */
  get prefix(): string {
    return this.path === '' ? '' : `${this.path}.`;
  }

  /** Its own name, the last of the path (confdb_object_name_get). */
  get name(): string {
    return this.path.slice(this.path.lastIndexOf('.') + 1);
  }

  /** Undefined for the root (confdb_object_parent_get). */
  get parent(): ConfdbObject | undefined {
    if (this.path === '') return undefined;
    return new ConfdbObject(this.cmap, this.path.slice(0, Math.max(0, this.path.lastIndexOf('.'))));
  }

  /** Whether it has a key, or an object below it has. The root always exists. */
  async exists(): Promise<boolean> {
    if (this.path === '') return true;
    for await (const _key of this.cmap.keys(this.prefix)) return true;
    return false;
  }

  /**
   * A new object below this one (confdb_object_create). It can be seen by others once it has a key.
   * Throws ERR_INVALID_PARAM for a name with a dot or with other characters than keys have.
   */
  create(name: string): ConfdbObject {
    checkName(name);
    return new ConfdbObject(this.cmap, `${this.prefix}${name}`);
  }

  /** Deletes all its keys and all objects below it. Rejects with ERR_NOT_EXIST if there is nothing, ERR_ACCESS for read-only keys. */
  async destroy(): Promise<void> {
    const keys: string[] = [];
    for await (const { key } of this.cmap.keys(this.prefix)) keys.push(key);
    if (keys.length === 0) throw new CsError('ERR_NOT_EXIST', `there is no object ${this.path}.`);
    for (const key of keys) await this.cmap.delete(key);
  }

  /** The objects right below (confdb_object_iter), or those with this name (confdb_object_find): one at most. */
  async *children(name?: string): AsyncGenerator<ConfdbObject, void, undefined> {
    if (name !== undefined) checkName(name);
    const { prefix } = this;
    const seen = new Set<string>();
    for await (const { key } of this.cmap.keys(name === undefined ? prefix : `${prefix}${name}.`)) {
      const dot = key.indexOf('.', prefix.length);
      if (dot < 0) continue;
      const child = key.slice(0, dot);
      if (seen.has(child)) continue;
      seen.add(child);
      yield new ConfdbObject(this.cmap, child);
    }
  }

  /** The object right below that has this name; undefined if there is none (confdb_object_find). */
  async find(name: string): Promise<ConfdbObject | undefined> {
    for await (const child of this.children(name)) return child;
    return undefined;
  }

  /** The keys of this object with their values (confdb_key_iter). */
  async *keys(): AsyncGenerator<readonly [key: string, entry: CmapEntry], void, undefined> {
    const { prefix } = this;
    for await (const [key, entry] of this.cmap.entries(prefix)) {
      if (!key.includes('.', prefix.length)) yield [key.slice(prefix.length), entry];
    }
  }

  /** A key's value with its type (confdb_key_get_typed); undefined if there is none. */
  keyGet(key: string): Promise<CmapEntry | undefined>;
  /** A key's value if it has this type. Rejects with ERR_INVALID_PARAM for another. */
  keyGet<T extends CmapTypeName>(key: string, type: T): Promise<CmapTypes[T] | undefined>;
  keyGet(key: string, type?: CmapTypeName): Promise<CmapEntry | CmapEntry['value'] | undefined> {
    const full = this.keyOf(key);
    return type === undefined ? this.cmap.get(full) : this.cmap.get(full, type);
  }

  /** A new key (confdb_key_create_typed). Rejects with ERR_EXIST if there is one of that name. */
  async keyCreate<T extends CmapTypeName>(key: string, type: T, value: CmapInput[T]): Promise<void> {
    const full = this.keyOf(key);
    if (await this.cmap.get(full)) throw new CsError('ERR_EXIST', `the key ${full} exists: replace it.`);
    await this.cmap.set(full, type, value);
  }

  /** Another value, of the key's own type (confdb_key_replace). Rejects with ERR_NOT_EXIST if there is no such key. */
  async keyReplace(key: string, value: CmapInput[CmapTypeName]): Promise<void> {
    const full = this.keyOf(key);
    const entry = await this.cmap.get(full);
    if (!entry) throw new CsError('ERR_NOT_EXIST', `there is no key ${full}: create it.`);
    await this.cmap.set(full, entry.type, value as never);
  }

  /** Adds one, and gives the value right after (confdb_key_increment): read in a second step, so others may have counted too. */
  keyIncrement(key: string): Promise<number | bigint> {
    return this.count(key, 1);
  }

  /** Subtracts one, as `keyIncrement` adds. */
  keyDecrement(key: string): Promise<number | bigint> {
    return this.count(key, -1);
  }

  /** Deletes a key (confdb_key_delete). Rejects with ERR_NOT_EXIST if there is none. */
  async keyDelete(key: string): Promise<void> {
    await this.cmap.delete(this.keyOf(key));
  }

  private async count(key: string, step: number): Promise<number | bigint> {
    const full = this.keyOf(key);
    await this.cmap.adjust(full, step);
    return (await this.cmap.get(full))?.value as number | bigint;
  }

  private keyOf(key: string): string {
    checkName(key);
    return `${this.prefix}${key}`;
  }
}

const NAME = /^[a-zA-Z0-9_\-/:]+$/;

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new CsError(
    'ERR_INVALID_PARAM',
    `"${name}" is no name of an object or key: use a-z A-Z 0-9 _ - / : and no dot.`,
  );
}

/** The paths of the objects that a key of the map lies in, the outermost first. */
function objectsOf(key: string): string[] {
  const names = key.split('.');
  return names.slice(0, -1).map((_, i) => names.slice(0, i + 1).join('.'));
}

function isNear(event: ConfdbEvent, object: ConfdbObject): boolean {
  if (!('object' in event)) return true;
  if ('key' in event) return event.object.path === object.path;
  return event.object.parent?.path === object.path;
}
