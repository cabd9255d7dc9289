/** How a layer's outputs are made of its inputs: sums of products, over a window where there is one. */
export interface Mix {
  inputs: number;
  outputs: number;
  /** Whether any weight between an input and an output is not 0. */
  touches(input: number, output: number): boolean;
  /** The sum of the weights between them. */
  total(input: number, output: number): number;
}

/** Where the weights of a kernel lie, its window first. */
interface Layout {
  values: Float32Array;
  inputs: number;
  outputs: number;
  /** Whether the last axis is the inputs. */
  transposed?: boolean;
}

/** The mix of a kernel `[...window, in, out]`, or `[...window, out, in]` where it is transposed. */
export function mixOf({ values, inputs, outputs, transposed = false }: Layout): Mix {
  const [ofInput, ofOutput] = transposed ? [1, inputs] : [outputs, 1];
  const step = inputs * outputs;
  return {
    inputs,
    outputs,
    touches(input, output) {
      for (let at = input * ofInput + output * ofOutput; at < values.length; at += step)
        if (values[at] !== 0) return true;
      return false;
    },
    total(input, output) {
      let sum = 0;
      for (let at = input * ofInput + output * ofOutput; at < values.length; at += step) sum += values[at]!;
      return sum;
    },
  };
}

/**
 * The outputs that are the same for every input, before the activation: those that no varying input touches.
 *
 * @param mix - how they are made
 * @param values - the inputs' constants, NaN where they vary
 * @param bias - undefined where there is none
 * @param isWhole - whether every weight meets its input at every position, which padding with zeros prevents
 */
export function mixed(
  mix: Mix,
  values: Float64Array,
  bias: ArrayLike<number> | undefined,
  isWhole: boolean,
): Float64Array {
  const constant = (output: number): number => {
    let sum = bias?.[output] ?? 0;
    for (let input = 0; input < mix.inputs; input++) {
      const value = values[input]!;
      if (value === 0 || !mix.touches(input, output)) continue;
      if (Number.isNaN(value) || !isWhole) return Number.NaN;
      sum += value * mix.total(input, output);
    }
    return sum;
  };
  return Float64Array.from({ length: mix.outputs }, (_, output) => constant(output));
}
