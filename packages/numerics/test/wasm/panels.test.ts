import { readFileSync } from 'node:fs';
import { cholesky } from '@weightkit/numerics';
import { afterAll, describe, expect, it } from 'vitest';
import { useWasm } from '../../src/wasm/instance.ts';
import { choleskyByKernel, luByKernel, solveByKernel } from '../../src/wasm/panels.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('panels', () => {
  afterAll(() => useWasm(true));
  it('choleskyByKernel(l, n) gives panels as much room as assembly/panels.ts takes', () => {
    const width = (text: string) => /^const WIDTH(?:: i32)? = (\d+);/m.exec(text)?.[1];
    expect(width(read('src/wasm/panels.ts'))).toBe(width(read('assembly/panels.ts')));
    expect(width(read('assembly/panels.ts'))).toBeDefined();
  });
  it('choleskyByKernel(l, n) and the others leave their arguments alone where there are no kernels', () => {
    useWasm(false);
    const [l, b] = [Float64Array.of(4, 0, 2, 10), Float64Array.of(1, 2)];
    expect(choleskyByKernel(l, 2)).toBe(null);
    expect(luByKernel(l, 2, b, 1, new Int32Array(2))).toBe(null);
    expect(solveByKernel('solveLower', l, 2, b, 1)).toBe(false);
    expect([...l, ...b]).toEqual([4, 0, 2, 10, 1, 2]);
  });
  it('choleskyByKernel(l, n) is not disturbed by what an earlier call left in the shared memory', () => {
    useWasm(true);
    const shape = { rows: 5, cols: 5 };
    const a = Float64Array.from({ length: 25 }, (_, p) => (p % 6 === 0 ? 9 : 1));
    const before = cholesky(a, shape);
    const large = Float64Array.from({ length: 10_000 }, (_, p) => (p % 101 === 0 ? 1e300 : 1e299));
    cholesky(large, { rows: 100, cols: 100 });
    expect(cholesky(a, shape)).toEqual(before);
  });
});
