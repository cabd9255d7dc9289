import type { Params } from './params.ts';

/** What the page shows before anyone turns a knob; run and drawn when the site is built (scripts/home.mjs). */
export const START: Params = { law: 'heNormal', inputs: 256, units: 128, seed: 1, sparsity: 0.8, dtype: 'uint8' };
