/**
 * Clients that are to be let in, first come, first served, one a turn of the event loop: what a client needs takes
 * milliseconds to make, and in a crowd everybody else would wait for all of it.
 */
export class AdmissionQueue<T> {
  /** By socket. */
  private readonly waiting = new Map<number, T>();
  private due: NodeJS.Immediate | undefined;

  constructor(private readonly admit: (socket: number, what: T) => void) {}

  add(socket: number, what: T): void {
    this.waiting.set(socket, what);
    this.due ??= setImmediate(this.next);
  }

  /** True: it waited, and does not any more. */
  remove(socket: number): boolean {
    return this.waiting.delete(socket);
  }

  close(): void {
    this.waiting.clear();
    clearImmediate(this.due);
  }

  private readonly next = (): void => {
    this.due = undefined;
    const first = this.waiting.entries().next();
    if (first.done === true) return;
    const [socket, what] = first.value;
    this.waiting.delete(socket);
    if (this.waiting.size > 0) this.due = setImmediate(this.next);
    this.admit(socket, what);
  };
}
