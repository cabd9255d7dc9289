// Draws the picture of lesson 18, a first layer that others trained on photographs, for light and for dark pages:
//   node scripts/color-filters.mjs
import { writeDeep } from './lib/write-deep.mjs';

writeDeep('tooling/zoo/deep/color-filters.deep.ts', 'WEIGHTKIT_WRITE_FILTERS');
