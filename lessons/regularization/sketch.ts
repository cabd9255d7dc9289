import type { Figures, Values } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { figures } from './figure.ts';

/** What follows a dragged λ at once: the exact weights take no training. */
export const sketch = (values: Values): Figures => figures(undefined, values as unknown as Params);
