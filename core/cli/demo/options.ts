/** How the demonstration runs. */
export interface DemoOptions {
  /** Plain lines and a bounded run, also on a terminal. */
  readonly plain: boolean;
  /** How long the plain run sends, in seconds. */
  readonly seconds: number;
  /** Messages per second and node. */
  readonly rate: number;
}
