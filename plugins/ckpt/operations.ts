import { Nothing, local, notice, ordered } from 'chorale/sdk';
import {
  ExpirationRequest,
  HandleRequest,
  IterateRequest,
  IterationRequest,
  NameRequest,
  NextReply,
  OpenReply,
  OpenRequest,
  OverwriteRequest,
  PartRequest,
  Piece,
  ReadReply,
  ReadRequest,
  Replaced,
  RestRequest,
  RetentionRequest,
  SectionCreateRequest,
  SectionId,
  SectionRequest,
  Status,
  WholeReply,
  WholeRequest,
  WriteReply,
  WriteRequest,
} from './messages.proto.js';

export const SERVICE = { id: 33, name: 'ckpt' } as const;

const safe = { safe: true };

/**
 * What a client may ask. What is `safe` has reached every replica when it is answered; reads are ordered, so that a reader
 * sees each write that was answered anywhere.
 */
export const Operations = {
  open: ordered(0, OpenRequest, OpenReply, safe),
  close: ordered(1, HandleRequest, Nothing),
  unlink: ordered(2, NameRequest, Nothing, safe),
  retentionSet: ordered(3, RetentionRequest, Nothing, safe),
  activeSet: ordered(4, HandleRequest, Nothing, safe),
  status: ordered(5, HandleRequest, Status),
  sectionCreate: ordered(6, SectionCreateRequest, SectionId, safe),
  sectionDelete: ordered(7, SectionRequest, Nothing, safe),
  expirationSet: ordered(8, ExpirationRequest, Nothing, safe),
  /** Of checkpoints with WR_ALL_REPLICAS. */
  write: ordered(9, WriteRequest, WriteReply, safe),
  overwrite: ordered(10, OverwriteRequest, Nothing, safe),
  /** Of the others: answered when this node has it. */
  writeActive: ordered(11, WriteRequest, WriteReply),
  overwriteActive: ordered(12, OverwriteRequest, Nothing),
  read: ordered(13, ReadRequest, ReadReply),
  /** What of a read did not fit into its reply. */
  readRest: local(14, RestRequest, Piece),
  synchronize: ordered(15, HandleRequest, Nothing, safe),
  iterate: ordered(16, IterateRequest, Nothing),
  iterateNext: local(17, IterationRequest, NextReply),
  iterateEnd: local(18, IterationRequest, Nothing),
  part: ordered(19, PartRequest, Nothing),
  whole: ordered(20, WholeRequest, WholeReply, safe),
} as const;

export const replaced = notice(1, Replaced);

/** SaCkptCheckpointCreationFlagsT, without SA_CKPT_: one of the first three, COLLOCATED may be added. */
export const CreationFlags = {
  WR_ALL_REPLICAS: 0x1,
  WR_ACTIVE_REPLICA: 0x2,
  WR_ACTIVE_REPLICA_WEAK: 0x4,
  CHECKPOINT_COLLOCATED: 0x8,
} as const;

/** SaCkptCheckpointOpenFlagsT, without SA_CKPT_CHECKPOINT_. */
export const OpenFlags = { READ: 0x1, WRITE: 0x2, CREATE: 0x4 } as const;

/** SaCkptSectionStateT, without SA_CKPT_SECTION_. A write is done whole or not at all here: none is ever CORRUPTED. */
export const SectionState = { VALID: 1, CORRUPTED: 2 } as const;
export type SectionState = (typeof SectionState)[keyof typeof SectionState];

/** SaCkptSectionsChosenT, without SA_CKPT_SECTIONS_. */
export const SectionsChosen = {
  FOREVER: 1,
  LEQ_EXPIRATION_TIME: 2,
  GEQ_EXPIRATION_TIME: 3,
  CORRUPTED: 4,
  ANY: 5,
} as const;
export type SectionsChosen = (typeof SectionsChosen)[keyof typeof SectionsChosen];

/** SA_CKPT_DEFAULT_SECTION_ID: the one section of a checkpoint with maxSections 1. */
export const SA_CKPT_DEFAULT_SECTION_ID = new Uint8Array(0);
/** SA_CKPT_GENERATED_SECTION_ID: the service chooses. */
export const SA_CKPT_GENERATED_SECTION_ID = new Uint8Array(0);

/** A longer request goes in parts of this many bytes, and so does the data of a long read. */
export const PART_BYTES = 128 * 1024;
