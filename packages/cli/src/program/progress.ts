import { safeText } from '../output/safe-text.ts';
import type { Host } from './host.ts';

const EVERY = 80;

/** One line on the terminal that says how far a command is; nothing where standard error is no terminal. */
export class Progress {
  private readonly host: Host;
  private readonly verb: string;
  private last = 0;
  private shown = false;

  constructor(host: Host, verb: string) {
    this.host = host;
    this.verb = verb;
  }

  /** Says what is being done; not more often than the eye can follow. */
  readonly step = (what: string, done: number, total: number): void => {
    const { isTTY, columns = 80 } = this.host.stderr;
    if (!isTTY || Date.now() - this.last < EVERY) return;
    this.last = Date.now();
    this.shown = true;
    const line = `${this.verb} ${Math.floor((100 * done) / Math.max(1, total))} % ${safeText(what)}`;
    this.host.stderr.write(`\r\u001b[2K${[...line].slice(0, columns - 1).join('')}`);
  };

  /** Takes the line away. */
  end(): void {
    if (this.shown) this.host.stderr.write('\r\u001b[2K');
    this.shown = false;
  }
}
