/** What runs each time that the token was passed on, as long as it says so. */
export class TokenListeners {
  private readonly listeners: (() => boolean)[] = [];

  add(listener: () => boolean): void {
    this.listeners.push(listener);
  }

  run(): void {
    const { listeners } = this;
    const count = listeners.length;
    if (count === 0) return;
    const kept = listeners.splice(0, count).filter((listener) => listener());
    listeners.unshift(...kept);
  }
}
