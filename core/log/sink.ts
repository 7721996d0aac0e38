/** Where finished lines end: a file, standard error, the system log. */
export interface Sink {
  /** Writes lines, in order, each with its newline. Settles when they are out of this process; rejects if they are lost. */
  write(lines: readonly string[]): Promise<void>;
  /** Opens the file anew under its name; nothing to do for what is not a file. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}
