import { createHash } from 'node:crypto';
import {
  fillBernoulli,
  fillBits,
  fillIntegers,
  fillNormal,
  fillTruncatedNormal,
  fillUniform,
  haarOrthogonal,
  pathHash,
  permutation,
  randomKey,
} from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';

const digest = (x: Float32Array | Uint32Array) =>
  createHash('sha256').update(new Uint8Array(x.buffer)).digest('hex').slice(0, 16);

// Seeded values are part of the contract: a change here is a breaking change.
describe('seeded values', () => {
  const key = randomKey(2024, 'dense_1/kernel');
  it('keys stay', () => {
    expect({ hash: pathHash('dense_1/kernel'), key }).toMatchInlineSnapshot(`
      {
        "hash": 4148210260,
        "key": [
          866571957,
          678767901,
        ],
      }
    `);
  });
  it('fills stay, first values and the digest of 100000', () => {
    const seen = {
      bits: digest(fillBits(new Uint32Array(100_000), key)),
      uniform: digest(fillUniform(new Float32Array(100_000), key, { min: -0.05, max: 0.05 })),
      normal: digest(fillNormal(new Float32Array(100_000), key, { std: 0.02 })),
      truncated: digest(fillTruncatedNormal(new Float32Array(100_000), key, { std: 0.02 })),
      first: Array.from(fillNormal(new Float32Array(4), key)),
      tail: Array.from(fillTruncatedNormal(new Float32Array(3), key, { lower: 4, upper: 6 })),
    };
    expect(seen).toMatchInlineSnapshot(`
      {
        "bits": "87557aab2096e6c8",
        "first": [
          1.3097811937332153,
          1.45468008518219,
          -2.2128119468688965,
          -0.8657708764076233,
        ],
        "normal": "e88de5a51478a1f9",
        "tail": [
          4.525409698486328,
          4.58142614364624,
          4.003204822540283,
        ],
        "truncated": "c603befbb2c74767",
        "uniform": "1f8522b50e994403",
      }
    `);
  });
  it('integers and masks stay', () => {
    expect([
      Array.from(fillIntegers(new Int32Array(8), key, { min: -9, max: 10 })).join(' '),
      Array.from(fillBernoulli(new Uint8Array(24), key, { p: 0.3 })).join(''),
    ]).toMatchInlineSnapshot(`
      [
        "7 0 -3 9 -6 6 4 5",
        "001100100000000001010100",
      ]
    `);
  });
  it('permutations and orthogonal matrices stay', () => {
    expect(Array.from(permutation(12, key)).join(' ')).toMatchInlineSnapshot(`"0 5 3 1 4 11 8 9 2 10 7 6"`);
    expect(Array.from(haarOrthogonal(2, 2, key), (v) => v.toFixed(12))).toMatchInlineSnapshot(`
      [
        "0.509366340528",
        "0.860549784229",
        "-0.860549784229",
        "0.509366340528",
      ]
    `);
  });
});
