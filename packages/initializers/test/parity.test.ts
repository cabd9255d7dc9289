import { expect, it } from 'vitest';
import * as kit from '../src/index.ts';
import { golden } from './support.ts';

/** What of this package does what a name of PyTorch, Keras or JAX stands for; website/docs/translate.md has the options. */
const OURS: Readonly<Record<string, string>> = {
  calculate_gain: 'gain',
  constant: 'constant',
  delta_orthogonal: 'deltaOrthogonal',
  dirac: 'dirac',
  eye: 'identity',
  glorot_normal: 'glorotNormal',
  glorot_uniform: 'glorotUniform',
  he_normal: 'heNormal',
  he_uniform: 'heUniform',
  identity: 'identity',
  identity_initializer: 'identity',
  kaiming_normal: 'heNormal',
  kaiming_uniform: 'heUniform',
  lecun_normal: 'lecunNormal',
  lecun_uniform: 'lecunUniform',
  normal: 'normal',
  ones: 'ones',
  orthogonal: 'orthogonal',
  orthogonal_initializer: 'orthogonal',
  random_normal: 'normal',
  random_uniform: 'uniform',
  sparse: 'sparse',
  trunc_normal: 'truncatedNormal',
  truncated_normal: 'truncatedNormal',
  uniform: 'uniform',
  variance_scaling: 'varianceScaling',
  xavier_normal: 'glorotNormal',
  xavier_uniform: 'glorotUniform',
  zeros: 'zeros',
};

/** A transform of sounds, not a start for training. */
const LEFT_OUT = ['stft', 'stft_initializer'];

/** `HeNormal`, `he_normal` and `he_normal_` are one. */
const plain = (name: string): string =>
  name
    .replace(/^STFT/, 'Stft')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replace(/_$/, '');

it.each(golden<{ call: string; framework: string; names: string[] }>('names'))(
  'there is an export for every name of $call, but for STFT',
  ({ names }) => {
    const exported = new Map(Object.entries(kit));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names.map(plain).filter((one) => !LEFT_OUT.includes(one)))
      expect(exported.get(OURS[name] ?? name), name).toBeTypeOf('function');
  },
);
