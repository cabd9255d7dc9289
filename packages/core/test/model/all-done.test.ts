import { describe, expect, it } from 'vitest';
import { allDone } from '../../src/model/all-done.ts';

const later = <T>(value: T, done: () => void): Promise<T> =>
  new Promise((resolve) =>
    setTimeout(() => {
      done();
      resolve(value);
    }, 20),
  );

describe('allDone', () => {
  it('allDone(promises) gives their values in order, and takes plain values', async () => {
    expect(await allDone([later('slow', () => {}), Promise.resolve(2), 3])).toEqual(['slow', 2, 3]);
    expect(await allDone([])).toEqual([]);
  });

  it('allDone(promises) throws the first error, and not before the others have ended', async () => {
    let ended = false;
    const slow = later(1, () => {
      ended = true;
    });
    const failing = Promise.reject(new Error('planted'));
    await expect(allDone([slow, failing])).rejects.toThrow('planted');
    expect(ended).toBe(true);
  });
});
