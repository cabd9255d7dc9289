// The four rules of update by hand. Nothing here loads TensorFlow.js.

export const OPTIMIZERS = ['SGD', 'momentum', 'RMSProp', 'Adam'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

/** What a rule is told. */
export interface Settings {
  /** The learning rate. */
  rate: number;
  /** How much of the last step stays, of momentum and in the mean of Adam. */
  momentum: number;
  /** How much of the mean of squares stays, of RMSProp. */
  decay: number;
  /** The same of Adam. */
  beta2: number;
  /** Whether momentum looks ahead. */
  nesterov: boolean;
}

/** What tfjs adds where it divides by the root of a mean of squares. */
export const EPSILON = 1e-7;

/** What a rule remembers of one weight. */
export interface Memory {
  /** The running sum of momentum, or the mean of gradients of Adam. */
  mean: number;
  /** The mean of squares of RMSProp and Adam. */
  square: number;
  /** Adam's β₁ᵗ and β₂ᵗ. */
  powers: readonly [number, number];
}

export const NOTHING: Memory = { mean: 0, square: 0, powers: [1, 1] };

/** A weight after a step, what is remembered, and the numbers on the way as one writes them. */
export interface Stepped {
  weight: number;
  memory: Memory;
  lines: { name: string; value: number }[];
}

/** One step of a weight along its gradient; `round` is how Adam keeps β₁ᵗ and β₂ᵗ: tfjs in 32 bits, which tells in the sixth digit. */
export function step(
  optimizer: OptimizerName,
  weight: number,
  gradient: number,
  memory: Memory,
  { rate, momentum, decay, beta2, nesterov }: Settings,
  round: (value: number) => number = Math.fround,
): Stepped {
  switch (optimizer) {
    case 'SGD':
      return { weight: weight - rate * gradient, memory, lines: [] };
    case 'momentum': {
      const mean = momentum * memory.mean + gradient;
      const along = nesterov ? gradient + momentum * mean : mean;
      const ahead = nesterov ? [{ name: 'g + μa', value: along }] : [];
      return {
        weight: weight - rate * along,
        memory: { ...memory, mean },
        lines: [{ name: 'a', value: mean }, ...ahead],
      };
    }
    case 'RMSProp': {
      const square = decay * memory.square + (1 - decay) * gradient ** 2;
      return {
        weight: weight - (rate * gradient) / Math.sqrt(square + EPSILON),
        memory: { ...memory, square },
        lines: [{ name: 's', value: square }],
      };
    }
    case 'Adam': {
      const mean = momentum * memory.mean + (1 - momentum) * gradient;
      const square = beta2 * memory.square + (1 - beta2) * gradient ** 2;
      const powers = [round(memory.powers[0] * round(momentum)), round(memory.powers[1] * round(beta2))] as const;
      const [corrected, correctedSquare] = [mean / (1 - powers[0]), square / (1 - powers[1])];
      return {
        weight: weight - (rate * corrected) / (Math.sqrt(correctedSquare) + EPSILON),
        memory: { mean, square, powers },
        lines: [
          { name: 'm', value: mean },
          { name: 'v', value: square },
          { name: 'm̂', value: corrected },
          { name: 'v̂', value: correctedSquare },
        ],
      };
    }
  }
}
