import * as tf from '@tensorflow/tfjs';
import { isKernel } from '@weightkit/core';
import { describe, expect, test } from 'vitest';
import { chooseDtypes, type DtypeOption } from '../../src/model/choose-dtypes.ts';

const model = tf.sequential({
  layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'hidden' }), tf.layers.dense({ units: 1, name: 'out' })],
});
const chosen = (dtype: DtypeOption, filter?: Parameters<typeof chooseDtypes>[2]) =>
  Object.fromEntries(chooseDtypes(model, dtype, filter));

describe('chooseDtypes', () => {
  test('chooseDtypes(model, dtype) takes it for every weight', () => {
    const uint16 = { dtype: 'uint16' };
    expect(chosen('uint16')).toEqual({
      'hidden/kernel': uint16,
      'hidden/bias': uint16,
      'out/kernel': uint16,
      'out/bias': uint16,
    });
  });

  test('chooseDtypes(model, record) takes the first pattern that matches and says where none does', () => {
    expect(chosen({ 'hidden/*': 'uint8', '**/kernel': 'float16' })).toEqual({
      'hidden/kernel': { dtype: 'uint8' },
      'hidden/bias': { dtype: 'uint8' },
      'out/kernel': { dtype: 'float16' },
      'out/bias': { reason: 'no pattern of dtype matches' },
    });
  });

  test('chooseDtypes(model, dtype, filter) leaves out what the filter does not let through', () => {
    const left = { reason: 'left out by filter' };
    expect(chosen({ '**': 'uint8' }, isKernel)).toEqual({
      'hidden/kernel': { dtype: 'uint8' },
      'hidden/bias': left,
      'out/kernel': { dtype: 'uint8' },
      'out/bias': left,
    });
  });

  test('chooseDtypes refuses patterns and filters that match nothing', () => {
    expect(() => chosen({ '**': 'uint8', 'hiden/*': 'uint16' })).toThrow(
      /^quantizeModel: patterns of dtype must match a weight \(there are hidden\/kernel,.*got "hiden\/\*"/,
    );
    expect(() => chosen({ 'out/*': 'uint8' }, 'hidden/*')).toThrow(
      'quantizeModel: patterns of dtype must match a weight that filter lets through, got "out/*"',
    );
    expect(() => chosen('uint8', 'nothing')).toThrow(RangeError);
  });

  test('chooseDtypes refuses unknown data types, alone and in a record', () => {
    expect(() => chosen('int8' as DtypeOption)).toThrow('dtype must be uint8, uint16, float16 or a record');
    expect(() => chosen({})).toThrow(TypeError);
    expect(() => chosen(null as unknown as DtypeOption)).toThrow(TypeError);
    expect(() => chosen({ '**': 'int8' as 'uint8' })).toThrow(
      'quantizeModel: dtype of ** must be uint8, uint16 or float16, got "int8"',
    );
  });
});
