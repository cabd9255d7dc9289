import { WriteStream } from 'node:tty';
import type { Figure } from '@weightkit/viz';
import { toText } from '@weightkit/viz/terminal';

/** Wider drawings are harder to read, not easier. */
const WIDEST = 120;
const NARROWEST = 40;

/**
 * A figure as text for a stream: as wide as its terminal, with the colors that it has. Elsewhere 80 columns without color;
 * NO_COLOR and FORCE_COLOR decide about color as they do in Node.
 *
 * @param env - the environment, for tests. @defaultValue that of the process
 */
export function figureText(figure: Figure, stream: NodeJS.WritableStream, env = process.env): string {
  const { isTTY, columns } = stream as Partial<WriteStream>;
  const bits = isTTY || env.FORCE_COLOR !== undefined ? WriteStream.prototype.getColorDepth(env) : 1;
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns || 80));
  return toText(figure, { width, color: bits >= 24 ? true : bits >= 8 ? 256 : false });
}
