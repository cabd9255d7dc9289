import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BITS, METHODS, NETWORKS } from '../../benchmarks/bits-cases.mjs';
import { bitsTable } from '../../benchmarks/bits-table.mjs';
import { measuredFigures } from '../../website/scripts/gallery.mjs';
import { root } from '../lib/root.mjs';
import { inputsOfFile } from '../lib/table-inputs.mjs';

const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const data = JSON.parse(read('benchmarks/bits.json'));

interface Row {
  method: string;
  grid: string;
  bits: number;
  stored: number;
  right?: number[];
  same?: number[];
  entropy?: number[];
}
const nameOf = ({ method, grid, bits }: Pick<Row, 'method' | 'grid' | 'bits'>) => `${method}, ${grid}, ${bits}`;

// A test of quantization makes a small run again.
describe('accuracy against bits', () => {
  it('was measured by the methods and networks as they are', () => {
    expect(data.made.inputs, 'stale: npm run bench:bits').toBe(inputsOfFile('benchmarks/bits-cases.mjs'));
    expect(data.made.commit).toMatch(/^[0-9a-f]{7,}/);
  });

  it('has each method at each number of bits, from five seeds', () => {
    const all = METHODS.flatMap(({ name, grid, bits = BITS }) =>
      bits.map((one: number) => nameOf({ method: name, grid, bits: one })),
    );
    expect(data.made.seeds).toHaveLength(5);
    expect(Object.keys(data.networks)).toEqual(Object.keys(NETWORKS));
    for (const { whole, rows } of Object.values(data.networks) as { whole: Record<string, number[]>; rows: Row[] }[]) {
      expect(rows.map(nameOf)).toEqual(all);
      for (const list of [
        ...Object.values(whole),
        ...rows.flatMap(({ right, same, entropy }) => [right, same, entropy]),
      ])
        expect(list?.filter(Number.isFinite)).toHaveLength(5);
      // What is stored is the codes and something for their scales.
      for (const { method, bits, stored } of rows)
        expect(stored).toBeGreaterThan(method === '`mixedPrecision`' ? 2 : bits);
    }
    const published = Object.values(data.published) as { cells: Row[] }[];
    expect(published.length).toBeGreaterThanOrEqual(3);
    for (const { cells } of published) for (const row of cells) expect(all).toContain(nameOf(row));
  });

  it('stands in BITS.md as it was measured', () => {
    expect(read('benchmarks/BITS.md'), 'stale: node benchmarks/bits.mjs --text').toBe(bitsTable(data));
  });

  // Written by `npx vitest run -u --project plain scripts/test/bits.test.ts`.
  it.each(measuredFigures())('is drawn: %s', async (name, figure) => {
    expect(read('website/docs/start/post-training-quantization.md')).toContain(`](bits/${name}.svg)`);
    await expect(figure.svg()).toMatchFileSnapshot(`${root}/website/docs/start/bits/${name}.svg`);
  });
});
