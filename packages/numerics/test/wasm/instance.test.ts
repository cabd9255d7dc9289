import { afterEach, describe, expect, it, vi } from 'vitest';

const fresh = async () => {
  vi.resetModules();
  return import('../../src/index.ts');
};
const results = ({
  randomKey,
  fillNormal,
  moments,
  histogram,
  magnitudeMask,
  singularValues,
  haarOrthogonal,
}: Awaited<ReturnType<typeof fresh>>) => {
  const x = fillNormal(new Float32Array(1001), randomKey(1));
  const exact = [x, histogram(x).counts, magnitudeMask(x, 500)].map((list) => Array.from(list as ArrayLike<number>));
  const close = [moments(x).std, ...singularValues(x, { rows: 91, cols: 11 }), ...haarOrthogonal(5, 3, randomKey(2))];
  return { exact, close };
};

describe('kernels', () => {
  afterEach(() => vi.unstubAllGlobals());
  it('everything falls back to TypeScript where WebAssembly is missing, forbidden or without memory', async () => {
    const expected = results(await fresh());
    class Forbidden {
      constructor() {
        throw new WebAssembly.CompileError('blocked by content security policy');
      }
    }
    for (const stub of [undefined, { ...WebAssembly, Module: Forbidden }, { ...WebAssembly, Instance: Forbidden }]) {
      vi.stubGlobal('WebAssembly', stub);
      const { exact, close } = results(await fresh());
      expect(exact).toEqual(expected.exact);
      close.forEach((value, i) => {
        expect(Math.abs(value - expected.close[i]!)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
      });
      vi.unstubAllGlobals();
    }
  });
  it('import compiles nothing: the module is compiled once, on first use', async () => {
    const Module = vi.fn(function (this: unknown, bytes: BufferSource) {
      return new RealModule(bytes);
    });
    const RealModule = WebAssembly.Module;
    vi.stubGlobal('WebAssembly', { ...WebAssembly, Module, Instance: WebAssembly.Instance });
    const numerics = await fresh();
    expect(Module).toHaveBeenCalledTimes(0);
    numerics.fillNormal(new Float32Array(4), [0, 0]);
    numerics.singularValues(Float32Array.of(1, 2), { rows: 1, cols: 2 });
    expect(Module).toHaveBeenCalledTimes(1);
  });
  it('each module is what its size says, below 60 kB, 4 kB and 2 kB', async () => {
    const { hex, size } = await import('../../src/wasm/module.generated.ts');
    expect(hex.length).toBe(2 * size);
    expect(size).toBeLessThan(60_000);
    const pieces = await import('../../src/wasm/pieces.generated.ts');
    expect(pieces.hex.length).toBe(2 * pieces.size);
    expect(pieces.size).toBeLessThan(4000);
    const codes = await import('../../src/wasm/codes.generated.ts');
    expect(codes.hex.length).toBe(2 * codes.size);
    expect(codes.size).toBeLessThan(2000);
  });
});
