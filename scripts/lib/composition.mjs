// What two of mask, fake quantization, weight norm, spectral norm, constraint, freeze, adapter and tie do on one weight, as a table of a page. The rows are those that
// tooling/testing/contracts/composition.test.ts holds the packages to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const GRID = {
  one: 'values on one grid',
  'and zero': 'values on one grid, or 0 beside it',
  'by unit': 'values on a grid for each unit, on none for the tensor',
};
const SIGMA = { one: 'σ is 1' };
const NORMS = { 'at most': 'units no longer than allowed' };
const LENGTHS = { exact: 'units as long as g', 'at most': 'units no longer than g' };
const STILL = {
  computed: 'stands still, bit for bit',
  base: 'the weight stands still, bit for bit, and the adapter trains',
  raw: 'the variable stands still; `verify()` reports what the second changed',
};

const inner = (x) => (/^\w(\(.*\))?$/.test(x) ? x : `(${x})`);
const OF = {
  mask: (x) => `m ∘ ${inner(x)}`,
  'fake quantization': (x) => `Q(${x})`,
  'weight norm': (x) => `g · ${inner(x)} / ‖${x}‖`,
  'spectral norm': (x) => `${inner(x)} / σ`,
  constraint: (x) => x,
  freeze: (x) => x,
  adapter: (x) => `${x} + AB`,
  tie: (x) => x,
};

/** The second of the first of the variable, which weight norm calls v. */
const formula = ({ first, second }) => OF[second](OF[first]([first, second].includes('weight norm') ? 'v' : 'w'));

const TIED = 'the tied weight is the same, bit for bit';

function holds({ zeros, grid, lengths, sigma, norms, still, tied }) {
  return [zeros && 'zeros stay', GRID[grid], LENGTHS[lengths], SIGMA[sigma], NORMS[norms], STILL[still], tied && TIED]
    .filter(Boolean)
    .join('; ');
}

const cells = (row) =>
  row.refused === undefined
    ? [`\`${formula(row)}\``, holds(row), row.foldFirst ? 'the first first' : 'in any order']
    : ['—', `refused: \`${row.refused.split(', got ')[0]}\``, '—'];

/** The table of rows as composition.json has them. */
export function compositionTable(
  rows = JSON.parse(readFileSync(join(root, 'tooling/testing/contracts/composition.json'), 'utf8')),
) {
  const lines = rows.map((row) => `| ${[row.first, row.second, ...cells(row)].join(' | ')} |`);
  return [
    '| first | then | the layer computes | what holds in training | folded |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
