import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isKernel, type Weight, type WeightFilter, weightsOf } from '../../src/index.ts';
import { matcher } from '../../src/model/filter.ts';

const at = (path: string) => ({ path }) as Weight;
const passes = (filter: WeightFilter, path: string) => matcher(filter)(at(path));

/** What a glob means, by trying every split: no RegExp. */
function naive(glob: string, path: string): boolean {
  if (glob === '') return path === '';
  if (glob.startsWith('**/')) {
    const rest = glob.slice(3);
    if (naive(rest, path)) return true;
    return [...path].some((c, i) => c === '/' && naive(rest, path.slice(i + 1)));
  }
  if (glob.startsWith('**')) return suffixes(path).some((rest) => naive(glob.slice(2), rest));
  if (glob.startsWith('*')) {
    const end = path.includes('/') ? path.indexOf('/') : path.length;
    return suffixes(path).some((rest) => path.length - rest.length <= end && naive(glob.slice(1), rest));
  }
  if (path === '') return false;
  if (glob.startsWith('?')) return path[0] !== '/' && naive(glob.slice(1), path.slice(1));
  return glob[0] === path[0] && naive(glob.slice(1), path.slice(1));
}
const suffixes = (text: string) => Array.from({ length: text.length + 1 }, (_, i) => text.slice(i));

describe('matcher', () => {
  it('matcher(glob) keeps * and ? inside one name and lets ** cross slashes', () => {
    expect(passes('conv*/kernel', 'conv1/kernel')).toBe(true);
    expect(passes('conv*/kernel', 'conv1/cell/kernel')).toBe(false);
    expect(passes('**/kernel', 'kernel')).toBe(true);
    expect(passes('**/kernel', 'a/b/kernel')).toBe(true);
    expect(passes('**/kernel', 'a/recurrentkernel')).toBe(false);
    expect(passes('encoder/**', 'encoder/a/b')).toBe(true);
    expect(passes('dense?/bias', 'dense1/bias')).toBe(true);
    expect(passes('dense?/bias', 'dense/bias')).toBe(false);
  });

  it('matcher(path) takes every other character for itself', () => {
    for (const path of ['a.b/k', 'a+(b)[c]{d}^$|\\e/k', 'a-b/k', 'ä\nb/k']) expect(passes(path, path)).toBe(true);
    expect(passes('a.b', 'axb')).toBe(false);
  });

  it('matcher(glob) agrees with a matcher that tries every split', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 7 });
    const glob = fc
      .array(fc.constantFrom('a', 'b', '/', '.', '*', '**', '**/', '?'), { maxLength: 6 })
      .map((parts) => parts.join(''))
      // Three stars in a row have no one meaning.
      .filter((g) => !g.includes('***'));
    fc.assert(
      fc.property(glob, text, (g, path) => {
        expect(passes(g, path)).toBe(naive(g, path));
      }),
      { numRuns: 3000 },
    );
  });

  it('matcher(RegExp) searches the path, the same at every call whatever its flags', () => {
    for (const flags of ['', 'g', 'gi']) {
      const matches = matcher(new RegExp('kernel', flags));
      for (let i = 0; i < 3; i++) expect(matches(at('dense/kernel'))).toBe(true);
    }
    const sticky = matcher(/dense/y);
    for (let i = 0; i < 3; i++) expect([sticky(at('dense/kernel')), sticky(at('a/dense'))]).toEqual([true, false]);
    const given = /a/g;
    given.lastIndex = 7;
    matcher(given)(at('a'));
    expect(given.lastIndex).toBe(7);
  });

  it('matcher(predicate) calls it with the weight, matcher(list) needs one of the list', () => {
    expect(matcher(({ path }) => path === 'x')(at('x'))).toBe(true);
    const any = ['a/*', /^b/, ({ path }: Weight) => path === 'c', ['d']] as const;
    expect(['a/k', 'bb', 'c', 'd', 'e'].map((path) => passes(any, path))).toEqual([true, true, true, true, false]);
    expect(passes([], 'a')).toBe(false);
  });

  it('matcher(anything else) throws', () => {
    for (const bad of [3, null, {}, ['a', 3]])
      expect(() => matcher(bad as unknown as WeightFilter)).toThrow(
        'weightsOf: filter must be a path, glob, RegExp, function or a list of these',
      );
  });
});

it('isKernel(weight) passes kernels and embeddings and no biases, scales, shifts or statistics of any rank', () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 2], name: 'c' }),
      tf.layers.separableConv2d({ filters: 2, kernelSize: 2, name: 's' }),
      tf.layers.prelu({ name: 'p' }),
      tf.layers.batchNormalization({ name: 'b' }),
      tf.layers.layerNormalization({ axis: [1, 2, 3], name: 'n' }),
      tf.layers.reshape({ targetShape: [4, 2] }),
      tf.layers.gru({ units: 2, name: 'g' }),
    ],
  });
  expect(
    weightsOf(model)
      .filter(isKernel)
      .map(({ path }) => path),
  ).toEqual(['c/kernel', 's/depthwiseKernel', 's/pointwiseKernel', 'g/cell/kernel', 'g/cell/recurrentKernel']);
  model.dispose();
});
