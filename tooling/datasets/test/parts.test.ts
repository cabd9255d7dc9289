import { describe, expect, it } from 'vitest';
import { decodeDigits, encodeDigits } from '../src/binary.ts';
import { type Digits, slice } from '../src/digits.ts';
import { readMnist } from '../src/mnist.ts';
import { nodeData } from '../src/node-data.ts';
import { encodeForPage, pageData } from '../src/parts.ts';

const all = await readMnist();

/** Whether two sets of digits are the same; `toEqual` takes seconds for a megabyte. */
const same = (a: Digits, b: Digits): boolean =>
  a.count === b.count && Buffer.compare(a.pixels, b.pixels) === 0 && Buffer.compare(a.labels, b.labels) === 0;

describe('encodeDigits', () => {
  it('encodeDigits(digits) is decoded to the same digits, and takes less than a third of their bytes', async () => {
    const some = slice(all.train, 100, 1100);
    const bytes = await encodeDigits(some);
    // gzip of MNIST's images, as published, is 9.9 MB of 47 MB.
    expect(bytes.length).toBeLessThan((1000 * 785) / 3);
    expect(same(await decodeDigits(bytes), some)).toBe(true);
    expect((await decodeDigits(await encodeDigits(slice(all.train, 3, 3)))).count).toBe(0);
  });

  it('encodeDigits(digits) refuses pixels or labels of another count', () => {
    const some = slice(all.test, 0, 2);
    expect(() => encodeDigits({ ...some, count: 3 })).toThrow(
      'encodeDigits: digits must have 3 labels and 2352 pixels, got [2, 1568]',
    );
  });

  it('decodeDigits(bytes) refuses a page of text and a file cut short, and reads one that is unpacked already', async () => {
    await expect(decodeDigits(new TextEncoder().encode('<!doctype html>'))).rejects.toThrow(
      'decodeDigits: bytes must be digits written by encodeDigits',
    );
    const some = slice(all.test, 0, 2);
    const unpacked = new Uint8Array([0x57, 0x4b, 0x44, 0x31, 2, 0, 0, 0, ...some.labels, ...some.pixels]);
    expect(await decodeDigits(unpacked)).toEqual(some);
    await expect(decodeDigits(unpacked.subarray(0, -1))).rejects.toThrow(
      'decodeDigits: 2 digits must have 1578 bytes, got 1577',
    );
  });
});

describe('pageData', () => {
  it('pageData(load).digits loads the files it needs, once, and gives the digits that Node reads', async () => {
    const files = new Map((await encodeForPage(all)).map(({ name, bytes }) => [name, bytes]));
    expect(files.size).toBe(11);
    const asked: string[] = [];
    const data = pageData(async (name) => {
      asked.push(name);
      return files.get(name)!;
    });
    const counts = { train: 2500, test: 10 };
    const [ours, original] = await Promise.all([data.digits(counts), nodeData().digits(counts)]);
    expect(same(ours.train, original.train) && same(ours.test, original.test)).toBe(true);
    await data.digits({ train: 1, test: 0 });
    expect(asked.sort()).toEqual(['mnist-test-00.bin', 'mnist-train-00.bin', 'mnist-train-01.bin']);
  });

  it('pageData(load).digits refuses more than the page has, and tries a failed file again', async () => {
    let calls = 0;
    const data = pageData(() => {
      calls++;
      return Promise.reject(new Error('offline'));
    });
    await expect(data.digits({ train: 20_001, test: 0 })).rejects.toThrow(
      'digits: train must be an integer from 0 to 20000, which is what the page has, got 20001',
    );
    await expect(data.digits({ train: Number.NaN, test: 0 })).rejects.toThrow('got NaN');
    await expect(data.digits({ train: 1, test: 0 })).rejects.toThrow('offline');
    await expect(data.digits({ train: 1, test: 0 })).rejects.toThrow('offline');
    expect(calls).toBe(2);
  });
});

describe('nodeData', () => {
  it('nodeData().digits gives the first of the originals and refuses more than there are', async () => {
    const { train, test } = await nodeData().digits({ train: 3, test: 60 });
    expect([train.count, test.count, ...train.labels]).toEqual([3, 60, 5, 0, 4]);
    expect(same(test, slice(all.test, 0, 60))).toBe(true);
    await expect(nodeData().digits({ train: 60_001, test: 1 })).rejects.toThrow('got 60001');
  });
});
