import type { WriteStream } from 'node:tty';

/** Shows how far a piece of work is: one line that fills up on a terminal, a line per finished piece elsewhere. */
export class ProgressLine {
  readonly #stream: WriteStream | NodeJS.WritableStream;
  #shown = 0;

  constructor(stream: WriteStream | NodeJS.WritableStream) {
    this.#stream = stream;
  }

  get #terminal(): boolean {
    return (this.#stream as WriteStream).isTTY === true;
  }

  /** A heading or a result. */
  say(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  /** Redraws the bar, at most ten times a second. `share` is in [0, 1]. */
  bar(label: string, share: number, detail: string): void {
    const now = Date.now();
    if (!this.#terminal || now - this.#shown < 100) return;
    this.#shown = now;
    const width = 28;
    const full = Math.round(width * Math.min(1, share));
    const line = `  ${label.padEnd(18)} ${'█'.repeat(full)}${'░'.repeat(width - full)} ${detail}`;
    this.#stream.write(`\r\x1b[2K${line.slice(0, ((this.#stream as WriteStream).columns || 80) - 1)}`);
  }

  #clear(): void {
    if (this.#terminal && this.#shown > 0) this.#stream.write('\r\x1b[2K');
  }
}
