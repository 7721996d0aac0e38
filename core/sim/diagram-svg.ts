/** The look of a diagram. */
export const STYLE = `
text{font-family:"DejaVu Sans",Verdana,sans-serif;fill:#222}
.title{font-size:17px;font-weight:bold}.small{font-size:11px}.tiny{font-size:9.5px}.node{font-size:14px;font-weight:bold}
.warning{font-size:11px;fill:#c0392b;font-weight:bold}
.halo{paint-order:stroke;stroke:#fff;stroke-width:3px}
path{fill:none}
.axis{stroke:#e3e6ea}
.token{stroke:#8d99a6;stroke-width:.6}.message{stroke:#2471c8;stroke-width:1}.recovered{stroke:#d35400;stroke-width:1.2}
.join{stroke:#e0a100;stroke-width:1.2}.commit{stroke:#8e44ad;stroke-width:1.6}.merge{stroke:#159957;stroke-width:1.2}
.cancel{stroke:#00a3b4;stroke-width:1}.broken{stroke:#c0392b;stroke-width:.8;stroke-dasharray:2 2}
.lost{stroke:#d62728;stroke-width:1.3}
.down{stroke:#b8bec4;stroke-dasharray:2 5}
.pause{fill:#2c3e50;fill-opacity:.35}
.fault{fill:#fbe1d6;stroke:#e08a66;stroke-width:.7}
.sent{fill:#2471c8;stroke:none}.delivered{fill:#2c3e50}.safe{fill:#fff;stroke:#2c3e50;stroke-width:1.2}
.transitional{fill:#fff;stroke:#111;stroke-width:1.2}.regular{fill:#111}
.end{stroke:#c0392b;stroke-width:2.6}.end-text{fill:#c0392b}.start{fill:#159957}.jump{fill:#8e44ad}
.violation{stroke:#d62728;stroke-width:1.4;stroke-dasharray:6 4}
g:hover>path,g:hover>rect{stroke-width:3}
`;

/** Text for an SVG file. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A colour for the how manyth thing: neighbours differ much. */
export function hue(index: number): string {
  return `hsl(${((index * 137.5) % 360).toFixed(0)} 62% ${index % 2 === 0 ? 62 : 74}%)`;
}

/** At most so many characters. */
export function clipped(text: string, columns: number): string {
  if (text.length <= columns) return text;
  return columns < 3 ? '' : `${text.slice(0, Math.floor(columns) - 1)}…`;
}

/** Lines of at most so many characters, broken between words. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= columns) {
      lines.push(line);
      line = '    ';
    }
    line += line === '' || line === '    ' ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** A round distance of axis marks, so that there are at most so many. */
export function axisStep(length: number, most: number): number {
  const least = length / most;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least)!;
}
