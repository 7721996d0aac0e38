/** Where in a configuration something stands. A line of 0 means the whole file. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/**
 * Which part of reading found a problem; Corosync checks in this order, and ends with that part's exit code.
 * `parse` and `totem` are the main configuration, `logging` and `quorum` have codes of their own.
 */
export type ProblemStage = 'parse' | 'logging' | 'totem' | 'quorum';

const EXIT_CODES: Record<ProblemStage, number> = { parse: 8, logging: 7, totem: 8, quorum: 20 };
const STAGES: readonly ProblemStage[] = ['parse', 'logging', 'totem', 'quorum'];

/** One thing wrong with a configuration. */
export interface ConfigProblem {
  readonly origin: Origin;
  readonly stage: ProblemStage;
  /** Path of the key or section, or empty for a line that is neither. */
  readonly key: string;
  /** The value as written, if there is one. */
  readonly value?: string;
  /** What is wrong, and what would be right. */
  readonly text: string;
}

/** `file:line: key: value: text`, leaving out what is not known. */
export function formatProblem(problem: Pick<ConfigProblem, 'origin' | 'key' | 'value' | 'text'>): string {
  const { file, line } = problem.origin;
  const where = line > 0 ? `${file}:${line}` : file;
  const value = problem.value === undefined ? '' : ` "${problem.value}"`;
  const what = problem.key === '' ? '' : `${problem.key}:${value === '' ? '' : `${value}:`} `;
  return `${where}: ${what}${problem.text}`;
}

/** A configuration that cannot be used: every problem that was found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  /** Corosync's exit code for the first part that failed: 8 main configuration, 7 logging, 20 quorum. */
  readonly exitCode: number;

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
    const first = STAGES.find((stage) => problems.some((problem) => problem.stage === stage));
    this.exitCode = EXIT_CODES[first ?? 'parse'];
  }
}

/** Collects what is wrong and what is worth a remark while a configuration is read. */
export class Report {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: string[] = [];

  problem(stage: ProblemStage, at: { origin: Origin; key: string; value?: string }, text: string): void {
    this.problems.push({ ...at, stage, text });
  }

  warn(at: { origin: Origin; key: string; value?: string }, text: string): void {
    this.warnings.push(formatProblem({ ...at, text }));
  }

  /** Throws if there was a problem. */
  throwIfFailed(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }
}
