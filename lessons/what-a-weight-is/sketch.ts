import type { Figures, Values } from '@weightkit/lesson';
import type { Params } from './experiment.ts';
import { figures } from './figure.ts';

/** The figures of changed values at once: none of them needs a run. */
export const sketch = (values: Values): Figures => figures(values as unknown as Params);
