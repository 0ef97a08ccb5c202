/**
 * What a command prints. Results go to stdout: text for people, or with `--json` exactly one JSON document.
 * Everything else (progress, warnings, errors of the text form) goes to stderr.
 */
import { styleText } from 'node:util';
import type { EspalierError } from '../contract/errors.ts';
import type { TextTable } from '../service/study-digest.ts';

export type TextStyle = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export interface OutputOptions {
  readonly json: boolean;
  /** False for `--no-color`; colours also need a terminal and no NO_COLOR. */
  readonly color: boolean;
}

export class Output {
  readonly isJson: boolean;
  private readonly colorOption: boolean;

  constructor(options: OutputOptions) {
    this.isJson = options.json;
    this.colorOption = options.color;
  }

  /** The result of a command: `data` as JSON, or the lines. Called once. */
  result(data: object, lines: readonly string[]): void {
    process.stdout.write(this.isJson ? `${JSON.stringify(data, null, 2)}\n` : `${lines.join('\n')}\n`);
  }

  /** A remark beside the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** An error, with its way out. */
  failure(error: EspalierError): void {
    const { code, message, hint, problems } = error;
    if (this.isJson) this.result({ error: { code, message, hint: hint ?? null, problems } }, []);
    const lead = code === 'interrupted' ? '' : `${this.styled('red', 'error:', process.stderr)} `;
    process.stderr.write(`${lead}${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  }

  styled(style: TextStyle, text: string, stream: NodeJS.WriteStream = process.stdout): string {
    return this.hasColor(stream) ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Aligned columns: text to the left, numbers to the right, the last column as it is. */
  table({ header, rows, textColumns, marked }: TextTable): string[] {
    const widths = header.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, column) => {
          if (column === header.length - 1) return cell;
          return column < textColumns ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
        })
        .join('  ')
        .trimEnd();
    return [
      this.styled('dim', line(header)),
      ...rows.map((row, index) => (index === marked ? this.styled('bold', line(row)) : line(row))),
    ];
  }

  private hasColor(stream: NodeJS.WriteStream): boolean {
    return this.colorOption && stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }
}

/** A reader that goes away (`espalier … | head`) ends the output, not the program with a stack trace. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}
