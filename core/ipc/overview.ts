import type { NodeStatus } from '../host/node-status.js';
import type {
  ChangeView,
  ClientView,
  GroupView,
  LinkView,
  LogRecord,
  NodeView,
  OverviewReply,
  QuorumView,
  TotalsView,
} from './control.proto.js';

export type { ChangeView, ClientView, GroupView, LinkView, LogRecord, NodeView, QuorumView, TotalsView };

/** A node with everything around it: what `chorale status` shows. Fields are described in control.proto. */
export interface Overview extends Omit<OverviewReply, 'status' | 'quorum' | 'totals'> {
  readonly status: NodeStatus;
  readonly quorum: QuorumView;
  readonly totals: TotalsView;
}

/** Some of the log's last records. */
export interface LogPage {
  readonly records: LogRecord[];
  /** There are more behind these. */
  readonly more: boolean;
  /** False: `logging.blackbox` is off. */
  readonly kept: boolean;
}
