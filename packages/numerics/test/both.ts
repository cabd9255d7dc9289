import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import { useWasm } from '../src/wasm/instance.ts';

/** The same tests on the WebAssembly kernels and on the TypeScript references. */
export function onBothPaths(name: string, tests: () => void): void {
  for (const wasm of [true, false]) {
    describe(`${name} (${wasm ? 'wasm' : 'typescript'})`, () => {
      beforeAll(() => useWasm(wasm));
      afterAll(() => useWasm(true));
      tests();
    });
  }
}

/** What a call gives without and with the kernels. */
export function byBothPaths<T>(call: () => T): { reference: T; kernel: T } {
  useWasm(false);
  try {
    const reference = call();
    useWasm(true);
    return { reference, kernel: call() };
  } finally {
    useWasm(true);
  }
}

/** The cases of a golden file with the given call. */
export function golden<T>(name: string, call: string): (T & { call: string })[] {
  const text = readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: (T & { call: string })[] };
  return cases.filter((one) => one.call === call);
}

/** The largest difference of two arrays, each divided by the tolerance of its place; NaN counts as infinite. */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: (expected: number) => number): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const ratio = a[i] === b[i] ? 0 : Math.abs(a[i]! - b[i]!) / tolerance(b[i]!);
    most = ratio <= most ? most : Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
  }
  return most;
}

/** The unit in the last place of a float32. */
export const ulp = (x: number) => 2 ** (Math.floor(Math.log2(Math.max(Math.abs(x), 2 ** -126))) - 23);

/** The density of the standard normal. */
export const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
