/**
 * The ids of the rows of the AIS conformance tables: for each group, how many rows it has, numbered from 01. Rows are only
 * added, at the end of a group; `rows.ts` compares this list with the reference where that is at hand.
 */
export const ROW_COUNTS = {
  common: { 'COM-INIT': 15, 'COM-SEL': 8, 'COM-DISP': 11, 'COM-FIN': 8, 'COM-ASYNC': 5 },
  clm: { 'CLM-INIT': 12, 'CLM-TRACK': 22, 'CLM-CHG': 15, 'CLM-STOP': 8, 'CLM-GET': 10, 'CLM-GETA': 8 },
  ckpt: {
    'CKPT-INIT': 10,
    'CKPT-OPEN': 30,
    'CKPT-OPENA': 10,
    'CKPT-CLOSE': 8,
    'CKPT-RET': 21,
    'CKPT-ACT': 11,
    'CKPT-STAT': 6,
    'CKPT-SCRE': 20,
    'CKPT-SDEL': 14,
    'CKPT-ITER': 16,
    'CKPT-WR': 24,
    'CKPT-RD': 15,
    'CKPT-SYNC': 11,
    'CKPT-HA': 5,
  },
  evt: {
    'EVT-INIT': 10,
    'EVT-OPEN': 18,
    'EVT-CLOSE': 7,
    'EVT-UNL': 12,
    'EVT-ALLOC': 26,
    'EVT-DATA': 9,
    'EVT-PUB': 14,
    'EVT-SUB': 18,
    'EVT-FILT': 22,
    'EVT-DEL': 13,
    'EVT-RET': 15,
  },
  msg: {
    'MSG-INIT': 9,
    'MSG-OPEN': 32,
    'MSG-CLOSE': 24,
    'MSG-GRP': 20,
    'MSG-TRK': 27,
    'MSG-SEND': 33,
    'MSG-GET': 23,
    'MSG-RPC': 30,
  },
  lck: {
    'LCK-INIT': 11,
    'LCK-OPEN': 22,
    'LCK-LOCK': 27,
    'LCK-ASYNC': 10,
    'LCK-UNL': 16,
    'LCK-WAIT': 11,
    'LCK-DL': 8,
    'LCK-ORPH': 21,
    'LCK-HA': 7,
  },
  tmr: { 'TMR-INIT': 22, 'TMR-START': 19, 'TMR-EXP': 7, 'TMR-RES': 11, 'TMR-CAN': 7, 'TMR-SKIP': 6, 'TMR-GET': 13 },
  amf: {
    'AMF-INIT': 12,
    'AMF-NAME': 4,
    'AMF-REG': 23,
    'AMF-HC': 29,
    'AMF-PM': 16,
    'AMF-CSI': 28,
    'AMF-HA': 6,
    'AMF-PG': 17,
    'AMF-ERR': 19,
    'AMF-ESC': 15,
    'AMF-CLC': 12,
    'AMF-2N': 7,
    'AMF-NPM': 6,
    'AMF-NW': 8,
    'AMF-ADM': 9,
    'AMF-PXY': 5,
    'AMF-CONF': 8,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;
export type TableName = keyof typeof ROW_COUNTS;

/** The ids of one table: `CLM-INIT-01` and so on. */
export function rowIds(table: TableName): string[] {
  return Object.entries<number>(ROW_COUNTS[table]).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, i) => `${group}-${String(i + 1).padStart(2, '0')}`),
  );
}
