/** What the process in the background tells the one that started it. */
export type StartMessage =
  { readonly kind: 'started' } | { readonly kind: 'failed'; readonly exitCode: number; readonly text: string };

/** Who wants to know whether the daemon has started. */
export interface StartReport {
  /** The node runs: it takes commands and forms a ring. */
  started(): void;
  /** It does not, and ends with `exitCode`. Resolves when the text is on its way to the person. */
  failed(exitCode: number, text: string): Promise<void>;
}

/** The person at the terminal, or the journal. */
export const reportToStderr: StartReport = {
  started: () => undefined,
  failed: (_exitCode, text) =>
    new Promise((resolve) => {
      process.stderr.write(`choraled: ${text}\n`, () => resolve());
    }),
};

/** The process that waits for this one to start. */
export const reportToParent: StartReport = {
  started: () => void tell({ kind: 'started' }),
  failed: (exitCode, text) => tell({ kind: 'failed', exitCode, text }),
};

function tell(message: StartMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) {
      resolve();
      return;
    }
    process.send!(message, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}
