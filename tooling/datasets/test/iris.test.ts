import { describe, expect, it } from 'vitest';
import { IRIS_FEATURES, IRIS_KINDS, irisFlowers } from '../src/iris.ts';
import golden from './iris.json' with { type: 'json' };

describe('irisFlowers', () => {
  it('has the 150 flowers of scikit-learn, which are those of Fisher 1936', () => {
    const { count, features, kinds } = irisFlowers();
    expect(count).toBe(150);
    expect(IRIS_KINDS).toEqual(golden.kinds);
    expect(IRIS_FEATURES.map((name) => `${name} (cm)`)).toEqual(golden.features);
    expect(features).toEqual(Float32Array.from(golden.data));
    expect([...kinds]).toEqual(golden.target);
  });
});
