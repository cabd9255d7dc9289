import { glorotUniform, heNormal, lecunNormal, orthogonal, torchDefault } from '@weightkit/initializers';
import type { QuantizedDtype } from '@weightkit/quantization';

/** The initializers that the reader can pick. */
export const laws = { heNormal, glorotUniform, lecunNormal, orthogonal, torchDefault };

/** What the reader turns. */
export interface Params {
  law: keyof typeof laws;
  inputs: number;
  units: number;
  seed: number;
  sparsity: number;
  dtype: 'float32' | QuantizedDtype;
}
