// What two of masks, norms, freezes, adapters and the like do on one weight, as a table of a page. The rows are those that
// tooling/testing/contracts/composition.test.ts holds the packages to; those of adapters that are alike are one.
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

const ADAPTERS = ['LoRA', 'rsLoRA', 'DoRA', 'PiSSA', '(IA)³', 'VeRA'];
const ADAPTER = 'adapter';
const familyOf = (kind) => (ADAPTERS.includes(kind) ? ADAPTER : kind);

const inner = (x) => (/^\w(\(.*\))?$/.test(x) ? x : `(${x})`);
const OF = {
  mask: (x) => `m ∘ ${inner(x)}`,
  'fake quantization': (x) => `Q(${x})`,
  'weight norm': (x) => `g · ${inner(x)} / ‖${x}‖`,
  'spectral norm': (x) => `${inner(x)} / σ`,
  constraint: (x) => x,
  freeze: (x) => x,
  'frozen entries': (x) => x,
  ...Object.fromEntries([ADAPTER, ...ADAPTERS].map((kind) => [kind, (x) => `A(${x})`])),
  bottleneck: (x) => x,
  tie: (x) => x,
};

/** The second of the first of the variable, which weight norm calls v. */
const formula = ({ first, second }) => OF[second](OF[first]([first, second].includes('weight norm') ? 'v' : 'w'));

/** A row without what is of one adapter alone: the name of the function that refuses, and where it says that it does. */
const alike = ({ refused, foldFirst, ...row }) => ({
  ...row,
  first: familyOf(row.first),
  second: familyOf(row.second),
  ...(refused && { refused: row.second === familyOf(row.second) ? refused : refused.replace(/^\w+: /, '') }),
  ...(foldFirst && { foldFirst: true }),
});

/** The rows, with one for all adapters where these agree. */
function joined(rows) {
  const groups = new Map();
  for (const row of rows) {
    const families = `${familyOf(row.first)}, ${familyOf(row.second)}`;
    groups.set(families, [...(groups.get(families) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const [one, ...others] = group.map(alike);
    const isOne = others.every((other) => JSON.stringify(shown(other)) === JSON.stringify(shown(one)));
    return isOne ? [one] : group;
  });
}

const ENTRIES = 'frozen entries stand still, bit for bit';
const TIED = 'the tied weight is the same, bit for bit';

function holds({ first, zeros, grid, lengths, sigma, norms, entries, still, tied }) {
  return [
    zeros && 'zeros stay',
    GRID[grid],
    LENGTHS[lengths],
    SIGMA[sigma],
    NORMS[norms],
    entries && ENTRIES,
    // A bottleneck has no `verify()`.
    still === 'raw' && first === 'bottleneck' ? 'the variable stands still' : STILL[still],
    tied && TIED,
  ]
    .filter(Boolean)
    .join('; ');
}

const shown = (row) =>
  row.refused === undefined
    ? [`\`${formula(row)}\``, holds(row), row.foldFirst ? 'the first first' : 'in any order']
    : ['—', `refused: \`${row.refused.split(', got ')[0]}\``, '—'];

/** The table of rows as composition.json has them. */
export function compositionTable(
  rows = JSON.parse(readFileSync(join(root, 'tooling/testing/contracts/composition.json'), 'utf8')),
) {
  const lines = joined(rows).map((row) => `| ${[row.first, row.second, ...shown(row)].join(' | ')} |`);
  return [
    '| first | then | the layer computes | what holds in training | folded |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
