import * as kit from '@weightkit/numerics/check';
import { testRefusals } from '../../src/refusals.ts';

const REFUSES =
  'it is what refuses: packages/numerics/test/check.test.ts gives it wrong values, and it throws in the name that it is given';

testRefusals(
  '@weightkit/numerics/check',
  kit,
  [],
  {},
  {
    checkBoolean: REFUSES,
    checkFinite: REFUSES,
    checkFunction: REFUSES,
    checkInteger: REFUSES,
    checkNumber: REFUSES,
    checkNumbers: REFUSES,
    checkOptions: REFUSES,
    checkPlainObject: REFUSES,
    checkRange: REFUSES,
    checkSeed: REFUSES,
    checkType: REFUSES,
    isNumbers: 'any value has an answer',
    isPlainObject: 'any value has an answer',
    show: 'any value has a text',
  },
);
