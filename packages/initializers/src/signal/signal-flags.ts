import type { SignalLayer } from './signal-layer.ts';

/** Something about a start that training will suffer from. */
export interface SignalFlag {
  /** What: `forward-vanishes`, `forward-explodes`, `backward-vanishes`, `backward-explodes`, `dead-units`, `equal-weights` or `not-finite`. */
  kind: string;
  /** The layers that it is about: the first and the last for a trend. */
  layers: string[];
  /** The number that passed its threshold. */
  value: number;
  /** What was seen, in a sentence. */
  message: string;
  /** What to do about it. */
  remedy: string;
}

/** A trend is flagged when it changes the variance more than this over the model. */
const TREND = 100;
/** A layer is flagged when a larger share of its units gives the same everywhere on the batch. */
const DEAD = 0.5;

const HE = new Set(['relu', 'relu6', 'leakyRelu', 'thresholdedRelu', 'elu', 'gelu', 'gelu_new', 'swish', 'mish']);

/** The law that keeps the variance before the activation that most layers have. */
function lawFor(layers: readonly SignalLayer[]): string {
  const hidden = layers.map(({ activation }) => activation).filter((name) => name !== 'linear' && name !== 'softmax');
  const most = hidden.sort(
    (a, b) => hidden.filter((name) => name === b).length - hidden.filter((name) => name === a).length,
  )[0];
  if (most === undefined) return 'lecunNormal() or orthogonal()';
  if (HE.has(most)) return `heNormal() before ${most}`;
  return most === 'selu' ? 'lecunNormal() before selu' : `orthogonal() or glorotNormal() before ${most}`;
}

function trend(
  layers: readonly SignalLayer[],
  name: 'forward' | 'backward',
  of: (layer: SignalLayer) => number | null,
): SignalFlag[] {
  const known = layers.flatMap((layer) => {
    const value = of(layer);
    return value === null ? [] : [{ path: layer.path, value }];
  });
  const ordered = name === 'forward' ? known : known.reverse();
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (!first || !last || first === last || first.value === 0) return [];
  const change = last.value / first.value;
  if (change <= TREND && change >= 1 / TREND) return [];
  const falls = change < 1;
  const step = (falls ? 1 / change : change) ** (1 / (ordered.length - 1));
  const what = name === 'forward' ? 'forward variance' : 'the squared gradient';
  const to = name === 'forward' ? 'to' : 'back to';
  return [
    {
      kind: `${name}-${falls ? 'vanishes' : 'explodes'}`,
      layers: [first.path, last.path],
      value: change,
      message: `${what} ${falls ? 'falls' : 'grows'} ${step.toFixed(1)}x per layer from layer ${first.path} ${to} layer ${last.path}`,
      remedy: `initialize the kernels with ${lawFor(layers)}, or call lsuv(model, batch)${falls ? '' : '; in a residual net scale its branches down'}`,
    },
  ];
}

/** The flags of a report's layers; the thresholds are above. */
export function flagsOf(layers: readonly SignalLayer[], measured: boolean): SignalFlag[] {
  const dead = layers.filter((layer) => (layer.dead ?? 0) > DEAD);
  const broken = layers.filter(
    ({ weightSquare, forward }) => weightSquare === null || (measured && forward.measured === null),
  );
  const equal = layers.filter(({ weightStd, parameters }) => weightStd === 0 && parameters > 1);
  const flags = [
    ...trend(layers, 'forward', ({ forward }) => forward.measured ?? forward.predicted),
    // All of an example's gradient, so that a change of width is none of the signal.
    ...trend(layers, 'backward', ({ backward, size }) => {
      const square = backward.measured ?? backward.predicted;
      return square === null ? null : square * size;
    }),
  ];
  if (dead.length > 0)
    flags.push({
      kind: 'dead-units',
      layers: dead.map(({ path }) => path),
      value: Math.max(...dead.map((layer) => layer.dead!)),
      message: `more than half of the units give the same for every example in ${dead.map(({ path }) => path).join(', ')}`,
      remedy: 'call lsuv(model, batch) or dataDependent(model, batch), set biases to 0, scale the inputs to mean 0',
    });
  if (equal.length > 0)
    flags.push({
      kind: 'equal-weights',
      layers: equal.map(({ path }) => path),
      value: 0,
      message: `all weights are equal, and units with them, in ${equal.map(({ path }) => path).join(', ')}`,
      remedy: `initialize the kernels with ${lawFor(layers)}`,
    });
  if (broken.length > 0)
    flags.push({
      kind: 'not-finite',
      layers: broken.map(({ path }) => path),
      value: broken.length,
      message: `weights or outputs are NaN or infinite in ${broken.map(({ path }) => path).join(', ')}`,
      remedy: 'initialize the model again, and look for NaN, infinity and large numbers in the batch',
    });
  return flags;
}
