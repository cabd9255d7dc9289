import { LAYERS, type Params, type Result } from './experiment.ts';
import { rises } from './rises.ts';

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;

/** A finished run in sentences. */
export function summary({ epochs }: Result, { images, dropout, inputs }: Params): string[] {
  const start = epochs[0]!;
  const last = epochs.at(-1)!;
  const count = epochs.length - 1;
  const widths = LAYERS.map((name, i) => `${name} × ${(last.layers[i]!.std / start.layers[i]!.std).toFixed(2)}`);
  const moves = epochs.slice(1).map(({ layers }) => layers[0]!.distance);
  const conditions = epochs.map(({ layers }) => layers[2]!.condition);
  const texts = [
    `${count} epochs on ${images} images, dropout ${dropout}, pixels ${inputs}: loss ${last.loss.toFixed(3)}, ` +
      `test accuracy ${percent(last.testAccuracy)} (${percent(start.testAccuracy)} before training).`,
    `Standard deviation of each kernel against its start: ${widths.join(', ')}.`,
    `Parameters outside ±0.3: ${percent(start.outside)} at the start, ${percent(last.outside)} at the end.`,
    `Condition number of the square kernel (hidden2): ${conditions[0]!.toFixed(0)} at the start, ` +
      `from ${Math.min(...conditions).toFixed(0)} to ${Math.max(...conditions).toFixed(0)} over the epochs, ` +
      `with ${percent(last.layers[2]!.zeros, 0)} zeros.`,
  ];
  if (moves.length > 1)
    texts.push(
      `Distance of the input kernel to the epoch before: from ${Math.min(...moves).toFixed(3)} to ` +
        `${Math.max(...moves).toFixed(3)}; it rose in ${rises(moves)} of ${moves.length - 1} epochs.`,
    );
  return texts;
}
