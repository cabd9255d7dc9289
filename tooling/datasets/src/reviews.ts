import { checkRange } from '@weightkit/numerics/check';

/** Words of a review that are kept: the last ones. */
export const REVIEW_LENGTH = 200;
/** What stands before a review that is shorter. */
export const PADDING = 0;
/** What stands for a word that is not among those that have a number. */
export const UNKNOWN = 1;
/** The number of the most frequent word; the others follow. */
export const FIRST_WORD = 2;

/** Film reviews as numbers of words, {@link REVIEW_LENGTH} for each, row by row; a label is 1 where the review is favorable. */
export interface Reviews {
  count: number;
  tokens: Uint16Array;
  labels: Uint8Array;
}

/** The words of a text in lower case, without markup and punctuation: `don't` is one word. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replace(/<br\s*\/?>/g, ' ')
      .replace(/[’‘]/g, "'")
      .match(/[a-z]+(?:'[a-z]+)*|[0-9]+/g) ?? []
  );
}

/** The number of each word, from a list by frequency. */
export const numbersOf = (words: readonly string[]): ReadonlyMap<string, number> =>
  new Map(words.map((word, i) => [word, i + FIRST_WORD]));

/**
 * Words as a network takes them: the last `length` of them, behind padding where there are fewer, as Keras's `pad_sequences` does it.
 *
 * @param words - see {@link wordsOf}
 * @param numbers - see {@link numbersOf}
 */
export function tokensOf(words: readonly string[], numbers: ReadonlyMap<string, number>, length: number): Uint16Array {
  const tokens = new Uint16Array(length).fill(PADDING);
  const last = words.slice(-length);
  for (const [i, word] of last.entries()) tokens[length - last.length + i] = numbers.get(word) ?? UNKNOWN;
  return tokens;
}

/** The reviews from `start` to `end`, in their order; a view, nothing is copied. */
export function sliceReviews({ count, tokens, labels }: Reviews, start: number, end: number): Reviews {
  const ok = [start, end].every(Number.isSafeInteger) && 0 <= start && start <= end && end <= count;
  checkRange(ok, `sliceReviews: start and end must be integers in this order, of ${count} reviews`, [start, end]);
  return {
    count: end - start,
    tokens: tokens.subarray(start * REVIEW_LENGTH, end * REVIEW_LENGTH),
    labels: labels.subarray(start, end),
  };
}

/** Reviews one part after the other. */
export function joinReviews(parts: readonly Reviews[]): Reviews {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const joined = { count, tokens: new Uint16Array(count * REVIEW_LENGTH), labels: new Uint8Array(count) };
  let at = 0;
  for (const { count, tokens, labels } of parts) {
    joined.tokens.set(tokens, at * REVIEW_LENGTH);
    joined.labels.set(labels, at);
    at += count;
  }
  return joined;
}
