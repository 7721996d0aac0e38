/** Text of a manual page in the man(7) language. Everything given to it is plain text, with `code` in backquotes. */
export class ManualPage {
  private readonly lines: string[] = [];

  /**
   * @param name `chorale-quorum`
   * @param section 1 commands, 5 files, 8 daemons
   * @param summary what stands behind the dash under NAME
   */
  constructor(
    readonly name: string,
    readonly section: 1 | 5 | 8,
    summary: string,
    version: string,
  ) {
    this.lines.push(
      '.\\" Made from the command tree: change that, and build again.',
      `.TH ${quoted(name.toUpperCase())} ${section} "" ${quoted(`Chorale ${version}`)} "Chorale"`,
      // Long words are paths and keys: they are not cut, and lines are not stretched.
      '.nh',
      '.ad l',
    );
    this.heading('Name').line(`${escaped(name)} \\- ${escaped(summary)}`);
  }

  get file(): string {
    return `${this.name}.${this.section}`;
  }

  heading(title: string): this {
    return this.line(`.SH ${quoted(title.toUpperCase())}`);
  }

  subheading(title: string): this {
    return this.line(`.SS ${quoted(title)}`);
  }

  paragraph(text: string): this {
    return this.line('.PP').line(inline(text));
  }

  /** A term with its explanation below it, to the right. */
  entry(term: string, text: string): this {
    return this.line('.TP')
      .line(`\\fB${escaped(term)}\\fP`)
      .line(inline(text));
  }

  /** Lines as they are. */
  example(lines: readonly string[]): this {
    this.line('.PP').line('.RS 4').line('.nf');
    for (const text of lines) this.line(guarded(escaped(text)));
    return this.line('.fi').line('.RE');
  }

  /** A command line: the first words bold, what a person fills in italic. */
  synopsis(command: string, rest: readonly string[]): this {
    return this.line('.PP').line([`\\fB${escaped(command)}\\fP`, ...rest.map(placeholder)].join(' '));
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  private line(text: string): this {
    this.lines.push(text);
    return this;
  }
}

function placeholder(word: string): string {
  return /^[[<]?[a-z]/i.test(word) ? `\\fI${escaped(word)}\\fP` : escaped(word);
}

/** Code is bold. */
function inline(text: string): string {
  const parts = text.split('`').map((part, i) => (i % 2 === 1 ? `\\fB${escaped(part)}\\fP` : escaped(part)));
  return guarded(parts.join(''));
}

/** A line that begins with a dot or an apostrophe would be a request. */
function guarded(text: string): string {
  return /^[.']/.test(text) ? `\\&${text}` : text;
}

function escaped(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/'/g, '\\(aq')
    .replace(/\^/g, '\\(ha')
    .replace(/~/g, '\\(ti')
    .replace(/`/g, '\\(ga')
    .replace(/\n/g, ' ');
}

function quoted(text: string): string {
  return `"${escaped(text).replace(/"/g, '\\(dq')}"`;
}
