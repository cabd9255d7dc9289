// Of JSON as programs write it. An engine's matcher takes less time for a list of many thousands of objects than its JSON.parse takes to
// make them, which would be looked at once, and says of keys that stand twice what JSON.parse does not.

const SPACE = '[ \\t\\n\\r]*';

/** A text, which may have escapes. */
export const STRING = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"';

/** A text without escapes, captured. */
export const NAME = '"([^"\\\\\\x00-\\x1f]*)"';

/** A count of as many digits as a double always has exactly. */
export const COUNT = '(?:0|[1-9]\\d{0,14})';

/** What follows the bracket that opens a list of counts, which are captured. */
export const COUNTS = `(?:(${COUNT}(?:${SPACE},${SPACE}${COUNT})*)${SPACE})?\\]`;

/** A pattern of tokens between which there may be spaces, for {@link matchAt}. */
export const inOrder = (...tokens: string[]): RegExp => new RegExp(SPACE + tokens.join(SPACE), 'y');

/** What a pattern finds at a place of a text; its `lastIndex` is where that has ended. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * The counts of a list that {@link COUNTS} has captured.
 *
 * @param known - counts by list: most tensors of a file have one of a few shapes. @defaultValue none
 */
export function countsOf(list: string | undefined, known: Map<string, number[]> = new Map()): number[] {
  if (list === undefined) return [];
  let counts = known.get(list);
  if (counts === undefined) {
    counts = list.split(',').map(Number);
    known.set(list, counts);
  }
  return counts.slice();
}
