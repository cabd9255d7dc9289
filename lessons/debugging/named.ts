import { type Cause, DEPTH } from './cases.ts';
import type { Found } from './experiment.ts';

/** A cause and the layers where it sits. */
export interface Named {
  cause: Cause | 'something else';
  layers: number[];
}

const numberOf = ({ layer }: Found): number => Number(/^layer(\d+)$/.exec(layer)?.[1] ?? DEPTH + 1);

/** What `doctor` says, in the words of the ward: by its codes, its numbers and its messages, and nothing else. Its first finding is the cause. */
export function namedBy(findings: readonly Found[]): Named {
  const [first] = findings;
  if (!first) return { cause: 'healthy', layers: [] };
  const own = findings.filter(({ code }) => code === first.code);
  const at = (layers: readonly Found[]): number[] => layers.map(numberOf).filter((layer) => layer <= DEPTH);
  switch (first.code) {
    case 'input-scale':
      return { cause: 'inputs not standardized', layers: [] };
    case 'wrong-gain': {
      const alike = own.filter(({ isLarge }) => isLarge === first.isLarge);
      if (/as if its fan were its outputs/.test(first.message))
        if (alike.length === 1) return { cause: 'fan counted on the wrong side', layers: at(alike) };
      return { cause: first.isLarge ? 'weights too large' : 'weights too small', layers: at(alike) };
    }
    case 'duplicate-units':
      return { cause: 'units are copies', layers: at(own) };
    case 'dead-units':
      // What is behind dead units is dead as well: the first layer is the place.
      return {
        cause: /incoming weights of 0/.test(first.message) ? 'weights are 0' : 'biases far below 0',
        layers: at([first]),
      };
    case 'saturation':
      return { cause: 'units at the ends of tanh', layers: at([first]) };
    default:
      return { cause: 'something else', layers: at([first]) };
  }
}
