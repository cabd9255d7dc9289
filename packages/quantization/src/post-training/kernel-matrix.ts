import type { KernelProduct } from '@weightkit/core';

/** Where a column of a matrix begins that belongs to a product, and how many it has. */
export interface ProductColumns {
  from: number;
  count: number;
}

/** The columns of each product of a kernel, one after another. */
export function columnsOfProducts(products: readonly KernelProduct[]): ProductColumns[] {
  let from = 0;
  return products.map(({ outputs: count }) => {
    const own = { from, count };
    from += count;
    return own;
  });
}

/** Calls with the place of each entry in the matrix, and in the kernel. */
function forEachEntry(products: readonly KernelProduct[], visit: (matrix: number, kernel: number) => void): void {
  const all = products.reduce((sum, { outputs }) => sum + outputs, 0);
  for (const [p, { from }] of columnsOfProducts(products).entries()) {
    const { inputs, outputs, at } = products[p]!;
    for (let j = 0; j < inputs; j++) for (let o = 0; o < outputs; o++) visit(j * all + from + o, at(j, o));
  }
}

/** A kernel as the matrix [inputs, outputs] that what its layer is given is multiplied with; of several products, side by side. */
export function matrixOfKernel(values: Float32Array, products: readonly KernelProduct[]): Float32Array {
  const matrix = new Float32Array(values.length);
  forEachEntry(products, (m, k) => {
    matrix[m] = values[k]!;
  });
  return matrix;
}

/** The way back from {@link matrixOfKernel}. */
export function kernelOfMatrix(matrix: Float32Array, products: readonly KernelProduct[]): Float32Array {
  const values = new Float32Array(matrix.length);
  forEachEntry(products, (m, k) => {
    values[k] = matrix[m]!;
  });
  return values;
}

/** Whether the entries of the matrix come in another order than those of the kernel. */
export function liesOtherwise(products: readonly KernelProduct[]): boolean {
  let differs = false;
  forEachEntry(products, (m, k) => {
    differs ||= m !== k;
  });
  return differs;
}
