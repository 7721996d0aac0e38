import type { CmapType } from '../model.js';

/** What Chorale does with a directive. */
export type DirectiveStatus =
  /** It does what Corosync does with it. */
  | 'supported'
  /** Corosync ignores it, or ignores it without knet; so does Chorale, with a warning. */
  | 'ignored'
  /** It would change what the cluster does and Chorale cannot do it yet: starting with it is an error. */
  | 'refused';

/** One directive of the configuration: how it is written, stored and meant. */
export interface Directive {
  /** Sections and key, joined by dots; `*` stands for one name that the file chooses. */
  readonly path: string;
  /** How the value is read and stored in cmap. */
  readonly type: CmapType;
  /** The words allowed, for a directive that takes one of a few. */
  readonly values?: readonly string[];
  /** Corosync takes any other word silently as the default; Chorale takes it too and warns. */
  readonly lenient?: true;
  /** Words are compared without regard to case. */
  readonly anyCase?: true;
  /** Limits of a number, where they are narrower than its type. */
  readonly min?: number;
  readonly max?: number;
  /** Zero is allowed although below `min`, and stands for the default. */
  readonly zeroIsDefault?: true;
  /** What holds when it is absent, as documentation shows it. */
  readonly default: string;
  /** What it does and what a wrong value harms. */
  readonly meaning: string;
  readonly status: DirectiveStatus;
  /** Why it is ignored or refused, and what to do instead. */
  readonly note?: string;
  /** Values of a refused directive that ask for nothing and are taken. */
  readonly harmless?: readonly string[];
  /** Values of a supported directive that are refused, each with the reason and what to do instead. */
  readonly refusedValues?: Readonly<Record<string, string>>;
  /** The value is never shown in a message. */
  readonly secret?: true;
  /** Not one of Corosync's. */
  readonly own?: true;
  /** An older name of the directive given here. */
  readonly replacedBy?: string;
}

export const KNET_ONLY = 'It only has a meaning with knet, which is not supported yet.';

/** Words of a switch that Corosync stores as a string. */
export const YES_NO = ['yes', 'no'] as const;
