import { describe, expect, it } from 'vitest';
import { encodeReviews, frequentWords, readImdb, UNSEEN_REVIEWS } from '../src/imdb.ts';
import { nodeData } from '../src/node-data.ts';
import { encodeReviewsForPage, pageData } from '../src/parts.ts';
import {
  FIRST_WORD,
  numbersOf,
  PADDING,
  REVIEW_LENGTH,
  type Reviews,
  tokensOf,
  UNKNOWN,
  wordsOf,
} from '../src/reviews.ts';
import { decodeReviews, encodeReviewsFile } from '../src/reviews-binary.ts';
import { REVIEW_WORDS, SENTIMENT_MODEL } from '../src/sentiment.ts';

const all = await readImdb();

/** Whether two sets of reviews are the same; `toEqual` takes minutes for a million numbers. */
const same = (a: Reviews, b: Reviews): boolean =>
  a.count === b.count &&
  a.tokens.every((token, i) => token === b.tokens[i]) &&
  a.labels.every((label, i) => label === b.labels[i]);

describe('reviews', () => {
  it('has words in lower case, without markup, with their apostrophes', () => {
    expect(wordsOf("It’s GOOD.<br /><br/>Don't 10/10 'quoted'")).toEqual([
      "it's",
      'good',
      "don't",
      '10',
      '10',
      'quoted',
    ]);
    expect(wordsOf('…')).toEqual([]);
  });

  it('cuts the beginning off, and pads before it, as pad_sequences of Keras does', () => {
    const numbers = numbersOf(['the', 'film']);
    expect([...tokensOf(['the', 'odd', 'film'], numbers, 5)]).toEqual([
      PADDING,
      PADDING,
      FIRST_WORD,
      UNKNOWN,
      FIRST_WORD + 1,
    ]);
    expect([...tokensOf(['the', 'odd', 'film'], numbers, 2)]).toEqual([UNKNOWN, FIRST_WORD + 1]);
    expect([...tokensOf([], numbers, 2)]).toEqual([PADDING, PADDING]);
  });

  it('has each text of IMDB once, in both parts about as many favorable ones as others', () => {
    const texts = new Set([...all.train, ...all.test].map(({ t }) => t));
    expect([all.train.length, all.test.length, texts.size]).toEqual([49_582 - UNSEEN_REVIEWS, UNSEEN_REVIEWS, 49_582]);
    for (const part of [all.train.slice(0, 4000), all.test]) {
      const share = part.filter(({ s }) => s === 1).length / part.length;
      // Four standard deviations of the share of 4,000.
      expect(Math.abs(share - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(4000));
    }
  });

  it('has a list of words of training texts alone, by frequency', () => {
    expect(frequentWords(['b a c', 'c b', 'c'], 2)).toEqual(['c', 'b']);
    expect(REVIEW_WORDS).toHaveLength(SENTIMENT_MODEL.made.size.words - FIRST_WORD);
    expect(new Set(REVIEW_WORDS).size).toBe(REVIEW_WORDS.length);
  });

  it('are decoded as they were encoded, and other bytes are refused', async () => {
    const some = encodeReviews(all.test.slice(0, 20));
    const bytes = await encodeReviewsFile(some);
    expect(await decodeReviews(bytes)).toEqual(some);
    await expect(decodeReviews(new TextEncoder().encode('<!doctype html>'))).rejects.toThrow(
      'decodeReviews: bytes must be reviews written by encodeReviewsFile',
    );
    const header = new Uint8Array([0x57, 0x4b, 0x52, 0x31, 1, 0, 0, 0, 1]);
    await expect(decodeReviews(header)).rejects.toThrow(`must have ${9 + 2 * REVIEW_LENGTH} bytes, got 9`);
  });

  it('of a page are those of Node, from the files that are needed', async () => {
    const part = (count: number) => encodeReviews(all.train.slice(0, count));
    const [train, test] = [part(4000), part(2500)];
    const files = new Map((await encodeReviewsForPage({ train, test })).map(({ name, bytes }) => [name, bytes]));
    expect(files.size).toBe(13);
    const asked: string[] = [];
    const data = pageData(async (name) => {
      asked.push(name);
      return files.get(name)!;
    });
    const counts = { train: 600, test: 0 };
    const [ours, original] = await Promise.all([data.reviews(counts), nodeData().reviews(counts)]);
    expect(same(ours.train, original.train)).toBe(true);
    expect(ours.test.count).toBe(0);
    expect(asked.sort()).toEqual(['reviews-train-00.bin', 'reviews-train-01.bin']);
    await expect(data.reviews({ train: 4001, test: 0 })).rejects.toThrow(
      'reviews: train must be an integer from 0 to 4000',
    );
  }, 60_000);
});
