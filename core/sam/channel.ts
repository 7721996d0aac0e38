/** What a supervised process tells its supervisor, over Node's channel between parent and child. */
export type ToSupervisor =
  | { readonly sam: 'start' | 'stop' | 'failed'; readonly call: number }
  | { readonly sam: 'heartbeat' }
  | { readonly sam: 'store'; readonly call: number; readonly data: Uint8Array | undefined }
  | { readonly sam: 'warn signal'; readonly call: number; readonly signal: NodeJS.Signals };

/** The supervisor's answer to a call: done, or why not (a cs_error_t and a sentence). */
export interface FromSupervisor {
  readonly sam: 'answer';
  readonly call: number;
  readonly error?: { readonly code: number; readonly advice: string };
}

/** How a supervised process learns that it is one: JSON of `Supervised` in its environment. */
export const ENVIRONMENT = 'CHORALE_SAM';

export interface Supervised {
  readonly instance: number;
  readonly intervalMs: number;
  readonly cmap: boolean;
  /** In base64. */
  readonly data?: string;
}
