/** Lets everything run that waits for settled promises, however long the chain. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
