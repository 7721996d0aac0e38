import { ChoraleNode } from '../node.js';
import type { NodeBindings } from '../node.js';

/** A node that takes the second step of leaving when the recording says so, not when its promise is settled. */
export class ReplayedNode extends ChoraleNode {
  private inLeave = false;

  /** @param leaving called where a node without anything to say would take the second step at once */
  constructor(
    bindings: NodeBindings,
    private readonly leaving: () => void,
  ) {
    super(bindings);
  }

  override leave(): Promise<void> {
    this.inLeave = true;
    const left = super.leave();
    this.inLeave = false;
    return left;
  }

  protected override farewell(): void {
    if (this.inLeave) this.leaving();
  }

  takeSecondStep(): void {
    super.farewell();
  }
}
