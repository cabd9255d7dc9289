import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Checkpoint, openCheckpoint } from '@weightkit/checkpoint';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { type PruneCheckpointOptions, pruneCheckpoint, shrinkCheckpoint } from '@weightkit/pruning/checkpoint';
import { type Figure, layerChart, lineChart, type MaskChartOptions, maskChart, paretoChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';

// The pictures of the guides on pruning and shrinking are written by `npx vitest run -u --project plain scripts/test/structure-pictures.test.ts`.
const at = (name: string) => fileURLToPath(new URL(`../../website/docs/start/structures/${name}.svg`, import.meta.url));
const page = (name: string) => readFileSync(new URL(`../../website/docs/start/${name}.md`, import.meta.url), 'utf8');

const UNITS = [12, 16, 12, 8, 4];
const PATHS = UNITS.slice(1).map((_, i) => `dense${i + 1}`);

/** Dense layers, one behind the other, with weights from a seed. */
function network() {
  const weights = PATHS.map((name, i) => {
    const shape = [UNITS[i]!, UNITS[i + 1]!];
    const values = fillNormal(new Float32Array(shape[0]! * shape[1]!), randomKey(5, name));
    // Some units and inputs are weaker, as in networks that have learned.
    const strength = fillNormal(new Float32Array(shape[0]! + shape[1]!), randomKey(6, name));
    return {
      spec: { name: `${name}/kernel`, shape, dtype: 'float32' as const },
      values: values.map(
        (value, k) =>
          value * Math.exp((strength[k % shape[1]!]! + strength[shape[1]! + Math.floor(k / shape[1]!)]!) / 3),
      ),
    };
  });
  const layers = PATHS.map((name, i) => ({
    class_name: 'Dense',
    config: {
      name,
      units: UNITS[i + 1],
      use_bias: false,
      activation: 'relu',
      ...(i === 0 ? { batch_input_shape: [null, UNITS[0]] } : {}),
    },
  }));
  return openCheckpoint({
    modelTopology: { class_name: 'Sequential', config: { name: 'network', layers } },
    weightSpecs: weights.map(({ spec }) => spec),
    weightData: weights.map(({ values }) => values.buffer),
  } as never);
}

const EXAMPLES = 500;
const inputs = fillNormal(new Float32Array(EXAMPLES * UNITS[0]!), randomKey(7));

/** The class that a network of dense layers with ReLU gives each example. */
async function classesOf({ tensors }: Checkpoint): Promise<number[]> {
  let rows = Array.from({ length: EXAMPLES }, (_, i) => [...inputs.subarray(i * UNITS[0]!, (i + 1) * UNITS[0]!)]);
  for (const [layer, tensor] of tensors.entries()) {
    const kernel = (await tensor.values()) as Float32Array;
    const units = tensor.shape[1]!;
    rows = rows.map((row) =>
      Array.from({ length: units }, (_, unit) => {
        const sum = row.reduce((so, x, i) => so + x * kernel[i * units + unit]!, 0);
        return layer === tensors.length - 1 ? sum : Math.max(0, sum);
      }),
    );
  }
  return rows.map((row) => row.indexOf(Math.max(...row)));
}

/** The share of examples that two networks give the same class. */
const sameOf = (one: readonly number[], other: readonly number[]): number =>
  one.filter((c, i) => c === other[i]).length / one.length;

const ALL = Number.POSITIVE_INFINITY;
const half = { sparsity: 0.5 };
const STRUCTURES: Record<string, [PruneCheckpointOptions, MaskChartOptions, said: string]> = {
  entry: [half, {}, '50 % pruned'],
  unit: [{ ...half, structure: 'unit' }, { block: [ALL, 1] }, 'Columns: 8 of 16 pruned whole, none in part'],
  channel: [{ ...half, structure: 'channel' }, { block: [1, ALL] }, 'Rows: 6 of 12 pruned whole, none in part'],
  block: [
    { ...half, structure: { block: [4, 4] } },
    { block: [4, 4] },
    'Blocks of 4 × 4: 6 of 12 pruned whole, none in part',
  ],
  neighbors: [{ structure: { n: 2, m: 4 } }, { pattern: [2, 4] }, 'all 48 groups keep at most 2'],
};

const TITLES = { entry: 'Entries', unit: 'Units', channel: 'Channels', block: 'Blocks of 4 × 4', neighbors: '2:4' };

describe('the pictures of structures', () => {
  it.each(Object.entries(STRUCTURES))('%s is what pruning makes of a layer', async (name, [options, marks, said]) => {
    const source = await network();
    const { checkpoint } = await pruneCheckpoint(source, { ...options, filter: 'dense1/kernel' });
    const values = (await checkpoint.tensors[0]!.values()) as Float32Array;
    expect(values.filter((value) => value === 0)).toHaveLength(96);
    const figure: Figure = maskChart(
      { values, shape: [12, 16] },
      { ...marks, show: 'values', title: TITLES[name as keyof typeof TITLES], xLabel: 'unit', width: 340 },
    );
    expect(figure.description).toContain(said);
    await expect(figure.svg()).toMatchFileSnapshot(at(name));
    expect(page('pruning')).toContain(`](structures/${name}.svg)`);
  });

  it('widths are those of the plan', async () => {
    const { plan } = await shrinkCheckpoint(await network(), { sparsity: { dense1: 0.5, 'dense*': 0.25 } });
    const layers = plan.layers.map(({ path, units, removed }) => ({
      name: path,
      values: { before: units, after: units - removed.length },
    }));
    expect(layers.map(({ values }) => values.after)).toEqual([8, 9, 6, 4]);
    const figure = layerChart({ layers }, { title: 'Units of each layer', xLabel: 'units', width: 480 });
    await expect(figure.svg()).toMatchFileSnapshot(at('widths'));
    expect(page('shrinking')).toContain('](structures/widths.svg)');
  });

  it('sensitivities are of each layer alone', async () => {
    const source = await network();
    const before = await classesOf(source);
    const sparsities = [0, 0.25, 0.5, 0.625, 0.75, 0.875];
    const series = [];
    for (const name of PATHS) {
      const y = [];
      for (const sparsity of sparsities) {
        const { checkpoint } = await pruneCheckpoint(source, { sparsity, filter: `${name}/kernel` });
        y.push(sameOf(await classesOf(checkpoint), before));
      }
      expect(y[0]).toBe(1);
      expect(y.at(-1)).toBeLessThan(y[1]!);
      series.push({ name, x: sparsities, y });
    }
    const figure = lineChart(
      { series },
      { title: 'One layer pruned at a time', xLabel: 'sparsity', yLabel: 'same class', width: 480 },
    );
    await expect(figure.svg()).toMatchFileSnapshot(at('sensitivity'));
    expect(page('shrinking')).toContain('](structures/sensitivity.svg)');
  });

  it('the front is of what shrinking leaves', async () => {
    const source = await network();
    const before = await classesOf(source);
    const points = [];
    const shares = [0, 0.25, 0.5];
    for (const a of shares)
      for (const b of shares)
        for (const c of shares) {
          const { checkpoint, plan } =
            a + b + c === 0
              ? { checkpoint: source, plan: undefined }
              : await shrinkCheckpoint(source, { sparsity: { dense1: a, dense2: b, dense3: c } });
          const size = plan?.after.parameters ?? source.tensors.reduce((sum, { shape: [i, o] }) => sum + i! * o!, 0);
          points.push({
            name: [a, b, c].map((share) => `${100 * share}`).join(' '),
            size,
            accuracy: sameOf(await classesOf(checkpoint), before),
          });
        }
    expect(points[0]).toMatchObject({ size: 512, accuracy: 1 });
    const figure = paretoChart(
      { points },
      { title: 'Percent of the units of three layers', xLabel: 'parameters', yLabel: 'same class', width: 520 },
    );
    await expect(figure.svg()).toMatchFileSnapshot(at('front'));
    expect(page('shrinking')).toContain('](structures/front.svg)');
  });
});
