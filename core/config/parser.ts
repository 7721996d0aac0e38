import { joinPath, MAX_PATH_BYTES } from './directive-tree.js';
import type { Section } from './directive-tree.js';
import type { Origin, Report } from './errors.js';

/** Bytes a line may have without its newline. */
const MAX_LINE_BYTES = 510;
/** A file with more problems than this is no configuration file; reading it further helps nobody. */
const MAX_PROBLEMS = 50;

const bytesOf = (text: string): number => Buffer.byteLength(text);

/**
 * Reads the grammar of corosync.conf: comments, `name {`, `key: value`, `}`, each on a line of its own.
 * Every line that is none of these is reported and skipped, so that one reading finds every error.
 */
export function parseCorosyncConf(text: string, file: string, report: Report): Section {
  const parser = new Parser(file, report);
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (report.problems.length >= MAX_PROBLEMS) {
      report.problem(
        'parse',
        at({ file, line: index + 1 }),
        'too many errors, reading stopped here; is this a configuration?',
      );
      return parser.root;
    }
    parser.line(line, { file, line: index + 1 });
  }
  parser.end();
  return parser.root;
}

const at = (origin: Origin, key = '', value?: string) => ({ origin, key, ...(value === undefined ? {} : { value }) });

class Parser {
  readonly root: Section;
  /** The sections that are open, the outermost first, each with its path. */
  private readonly open: { section: Section; path: string }[];

  constructor(
    file: string,
    private readonly report: Report,
  ) {
    this.root = { kind: 'section', name: '', origin: { file, line: 0 }, items: [] };
    this.open = [{ section: this.root, path: '' }];
  }

  private get innermost(): { section: Section; path: string } {
    return this.open[this.open.length - 1]!;
  }

  line(raw: string, origin: Origin): void {
    if (bytesOf(raw) > MAX_LINE_BYTES) {
      const text = `the line is ${bytesOf(raw)} bytes long; at most ${MAX_LINE_BYTES} are allowed, so shorten or split it`;
      this.report.problem('parse', at(origin, this.innermost.path), text);
      return;
    }
    if (raw.includes('\0')) {
      this.report.problem('parse', at(origin, this.innermost.path), 'the line has a NUL byte; remove it');
      return;
    }
    const line = raw.replace(/\r$/, '').replace(/[ \t]+$/, '');
    const content = line.replace(/^[ \t]+/, '');
    if (content === '' || content.startsWith('#')) return;
    const brace = content.indexOf('{');
    const colon = content.indexOf(':');
    if (brace >= 0) this.sectionStart(content.slice(0, brace), content.slice(brace + 1), origin);
    else if (colon >= 0) this.assignment(content.slice(0, colon), content.slice(colon + 1), origin);
    else if (content.includes('}')) this.sectionEnd(content, origin);
    else {
      const text =
        'is neither a section ("name {"), a key ("key: value") nor a closing "}"; complete or remove the line';
      this.report.problem('parse', at(origin, '', undefined), `"${content}" ${text}`);
    }
  }

  private sectionStart(before: string, after: string, origin: Origin): void {
    const { section: parent, path: parentPath } = this.innermost;
    // Corosync takes blanks, colons and braces off the end of a name, but never its first character.
    const name = before.replace(/(?<=[^])[ \t:{]+$/, '');
    const path = joinPath(parentPath, name);
    if (name === '') {
      this.report.problem('parse', at(origin, parentPath), 'a "{" needs the name of a section before it');
    }
    if (after.trim() !== '') {
      const text = `nothing may follow a "{", but "${after.trim()}" does; write it on a line of its own`;
      this.report.problem('parse', at(origin, path), text);
    }
    if (bytesOf(parentPath) + bytesOf(name) + 1 > MAX_PATH_BYTES) {
      this.report.problem('parse', at(origin, path), `the path of this section is longer than ${MAX_PATH_BYTES} bytes`);
    }
    const section: Section = { kind: 'section', name, origin, items: [] };
    parent.items.push(section);
    this.open.push({ section, path });
  }

  private assignment(before: string, after: string, origin: Origin): void {
    const { section, path } = this.innermost;
    const key = before.replace(/[ \t]+$/, '');
    const value = after.replace(/^[ \t]+/, '');
    if (key === '') {
      this.report.problem('parse', at(origin, path, value), 'a ":" needs the name of a key before it');
      return;
    }
    if (bytesOf(path) + bytesOf(key) + 1 > MAX_PATH_BYTES) {
      const text = `the path of this key is longer than ${MAX_PATH_BYTES} bytes`;
      this.report.problem('parse', at(origin, joinPath(path, key)), text);
      return;
    }
    section.items.push({ kind: 'assignment', key, value, origin });
  }

  private sectionEnd(content: string, origin: Origin): void {
    if (content !== '}') {
      const text = `a "}" must be alone on its line, but this one is "${content}"`;
      this.report.problem('parse', at(origin, this.innermost.path), text);
    }
    if (this.open.length === 1) {
      this.report.problem('parse', at(origin), 'this "}" closes nothing; remove it, or a "}" above it');
      return;
    }
    this.open.pop();
  }

  end(): void {
    for (const { section, path } of this.open.slice(1)) {
      this.report.problem('parse', at(section.origin, path), 'this section is never closed; add its "}"');
    }
  }
}
