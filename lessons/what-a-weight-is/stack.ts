// Stacks of layers as texts, `vector-64.dense-32.dense-10`, and what each layer needs and gives. Nothing here loads TensorFlow.js.

import type { NearText } from '@weightkit/lesson';

/** What flows from one layer to the next. */
export type Flow =
  | { kind: 'vector'; sizes: [length: number] }
  | { kind: 'image'; sizes: [height: number, width: number, channels: number] }
  | { kind: 'words'; sizes: [count: number] }
  | { kind: 'sequence'; sizes: [steps: number, features: number] };

export type LayerKind =
  | 'dense'
  | 'conv'
  | 'depthwise'
  | 'separable'
  | 'pool'
  | 'flatten'
  | 'embedding'
  | 'rnn'
  | 'lstm';

/** A number of a layer or of the input that the reader can set. */
export interface Size {
  name: string;
  min: number;
  max: number;
  initial: number;
}

/** What a layer is called, what it takes and which sizes it has. */
export interface KindOf {
  label: string;
  takes: readonly Flow['kind'][];
  sizes: readonly Size[];
  /** Whether it can keep the height and width of a picture by zeros around it. */
  padded?: true;
}

const size = (name: string, min: number, max: number, initial: number): Size => ({ name, min, max, initial });

export const KINDS: Readonly<Record<LayerKind, KindOf>> = {
  dense: { label: 'Dense', takes: ['vector'], sizes: [size('units', 1, 4096, 16)] },
  conv: {
    label: 'Conv2D',
    takes: ['image'],
    sizes: [size('filters', 1, 256, 16), size('kernel', 1, 11, 3)],
    padded: true,
  },
  depthwise: { label: 'DepthwiseConv2D', takes: ['image'], sizes: [size('kernel', 1, 11, 3)], padded: true },
  separable: {
    label: 'SeparableConv2D',
    takes: ['image'],
    sizes: [size('filters', 1, 256, 16), size('kernel', 1, 11, 3)],
    padded: true,
  },
  pool: { label: 'MaxPooling2D', takes: ['image'], sizes: [size('size', 2, 4, 2)] },
  flatten: { label: 'Flatten', takes: ['image', 'sequence'], sizes: [] },
  embedding: {
    label: 'Embedding',
    takes: ['words'],
    sizes: [size('words', 2, 50_000, 1000), size('features', 1, 512, 16)],
  },
  rnn: { label: 'SimpleRNN', takes: ['sequence'], sizes: [size('units', 1, 1024, 32)] },
  lstm: { label: 'LSTM', takes: ['sequence'], sizes: [size('units', 1, 1024, 32)] },
};

export const INPUTS = {
  vector: { label: 'numbers', sizes: [size('numbers', 1, 4096, 64)] },
  image: {
    label: 'a picture',
    sizes: [size('height', 1, 224, 28), size('width', 1, 224, 28), size('channels', 1, 4, 1)],
  },
  words: { label: 'words', sizes: [size('words', 1, 500, 20)] },
} as const satisfies Record<string, { label: string; sizes: readonly Size[] }>;

export type InputKind = keyof typeof INPUTS;

export interface Input {
  kind: InputKind;
  sizes: number[];
}

export interface Layer {
  kind: LayerKind;
  sizes: number[];
  /** Only where the kind has it. */
  same: boolean;
}

export interface Stack {
  input: Input;
  layers: Layer[];
}

export const MOST_LAYERS = 8;
/** What a page can build in a moment. */
export const MOST_WEIGHTS = 40_000_000;
/** Numbers that a layer gives at most. */
const MOST_VALUES = 4_000_000;

export const flowOf = ({ kind, sizes }: Input): Flow => ({ kind, sizes: [...sizes] }) as Flow;
export const valuesIn = ({ sizes }: Flow): number => sizes.reduce((product: number, size) => product * size, 1);

/** What a layer gives, from what it takes; `again` is whether another recurrent layer reads it. */
export function flowAfter({ kind, sizes, same }: Layer, from: Flow, again = false): Flow {
  const [first, second] = sizes as [number, number];
  switch (kind) {
    case 'dense':
      return { kind: 'vector', sizes: [first] };
    case 'flatten':
      return { kind: 'vector', sizes: [valuesIn(from)] };
    case 'embedding':
      return { kind: 'sequence', sizes: [from.sizes[0], second] };
    case 'rnn':
    case 'lstm':
      return again ? { kind: 'sequence', sizes: [from.sizes[0], first] } : { kind: 'vector', sizes: [first] };
    case 'pool': {
      const [height, width, channels] = from.sizes as [number, number, number];
      return { kind: 'image', sizes: [Math.floor(height / first), Math.floor(width / first), channels] };
    }
    default: {
      const [height, width, channels] = from.sizes as [number, number, number];
      const lost = same ? 0 : sizes.at(-1)! - 1;
      return { kind: 'image', sizes: [height - lost, width - lost, kind === 'depthwise' ? channels : first] };
    }
  }
}

const isRecurrent = (kind: LayerKind | undefined): boolean => kind === 'rnn' || kind === 'lstm';

/** How many weights and biases a layer has in TensorFlow.js. */
export function countOf({ kind, sizes }: Layer, from: Flow): number {
  const inputs = from.sizes.at(-1)!;
  const [first, second] = sizes as [number, number];
  switch (kind) {
    case 'dense':
      return inputs * first + first;
    case 'conv':
      return second * second * inputs * first + first;
    case 'depthwise':
      return first * first * inputs + inputs;
    case 'separable':
      return second * second * inputs + inputs * first + first;
    case 'embedding':
      return first * second;
    case 'rnn':
      return inputs * first + first * first + first;
    case 'lstm':
      return 4 * (inputs * first + first * first + first);
    default:
      return 0;
  }
}

/** Why a layer cannot follow; nothing where it can. */
export function whyNot(layer: Layer, from: Flow, layers: number, weights: number): string | undefined {
  if (layers >= MOST_LAYERS) return `a stack here has at most ${MOST_LAYERS} layers`;
  const { label, takes } = KINDS[layer.kind];
  if (!takes.includes(from.kind)) {
    const hint = from.kind === 'image' && layer.kind === 'dense' ? ', Flatten makes one of a picture' : '';
    const words = { vector: 'a vector', image: 'a picture', words: 'words', sequence: 'a sequence' };
    return `${label} reads ${takes.map((kind) => words[kind]).join(' or ')}, and here comes ${words[from.kind]}${hint}`;
  }
  const after = flowAfter(layer, from, isRecurrent(layer.kind));
  if (after.sizes.some((size) => size < 1))
    return `${label} is larger than the picture of ${from.sizes.slice(0, 2).join(' × ')}`;
  if (valuesIn(after) > MOST_VALUES) return `${label} would give more than four million numbers`;
  if (weights + countOf(layer, from) > MOST_WEIGHTS) return 'a stack here has at most 40 million weights';
  return undefined;
}

export const layerText = ({ kind, sizes, same }: Layer): string =>
  [kind, ...sizes, ...(same ? ['same'] : [])].join('-');
export const stackText = ({ input, layers }: Stack): string =>
  [[input.kind, ...input.sizes].join('-'), ...layers.map(layerText)].join('.');

export const newLayer = (kind: LayerKind): Layer => ({
  kind,
  sizes: KINDS[kind].sizes.map(({ initial }) => initial),
  same: false,
});
export const newInput = (kind: InputKind): Input => ({ kind, sizes: INPUTS[kind].sizes.map(({ initial }) => initial) });

/** Sizes of a text, each brought into its range. */
function readSizes(parts: readonly string[], sizes: readonly Size[], say: (said: string) => void): number[] {
  return sizes.map(({ name, min, max, initial }, i) => {
    const text = parts[i];
    const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isNaN(number)) {
      say(`${name} is not said, so it is ${initial}`);
      return initial;
    }
    const near = Math.min(max, Math.max(min, Math.round(number)));
    if (near !== number) say(`${name} ${text} becomes ${near}`);
    return near;
  });
}

/** What a text asks for as far as it can be had, and what it cannot have, a clause each. */
export function readStack(text: string): { stack: Stack; said: string[] } {
  const said: string[] = [];
  const [head = '', ...tokens] = text.toLowerCase().split('.');
  const [inputName = '', ...inputSizes] = head.split('-');
  let input: Input;
  if (Object.hasOwn(INPUTS, inputName)) {
    const kind = inputName as InputKind;
    input = { kind, sizes: readSizes(inputSizes, INPUTS[kind].sizes, (what) => said.push(`${kind}: ${what}`)) };
    if (inputSizes.length > input.sizes.length) said.push(`${kind} has ${input.sizes.length} sizes`);
  } else {
    input = newInput('vector');
    said.push(`"${head}" is no input, so it is 64 numbers`);
  }
  const layers: Layer[] = [];
  let weights = 0;
  for (const token of tokens) {
    const [name = '', ...parts] = token.split('-');
    if (!Object.hasOwn(KINDS, name)) {
      said.push(`"${token}" is no layer`);
      continue;
    }
    const kind = name as LayerKind;
    const { sizes, padded } = KINDS[kind];
    const same = padded === true && parts[sizes.length] === 'same';
    const layer = { kind, sizes: readSizes(parts, sizes, (what) => said.push(`${kind}: ${what}`)), same };
    if (parts.length > sizes.length + (same ? 1 : 0)) said.push(`${token} becomes ${layerText(layer)}`);
    const flow = flowInto({ input, layers }, kind);
    const why = whyNot(layer, flow, layers.length, weights);
    if (why) said.push(`${layerText(layer)} is left out: ${why}`);
    else {
      weights += countOf(layer, flow);
      layers.push(layer);
    }
  }
  return { stack: { input, layers }, said };
}

/** What flows into each layer, and out of the last. */
export function flowsOf({ input, layers }: Stack): Flow[] {
  const flows = [flowOf(input)];
  for (const [i, layer] of layers.entries()) flows.push(flowAfter(layer, flows[i]!, isRecurrent(layers[i + 1]?.kind)));
  return flows;
}

/** What would flow into a layer of this kind at the end of a stack: a recurrent one reads the whole sequence of one before it. */
export function flowInto({ input, layers }: Stack, kind: LayerKind): Flow {
  const flows = flowsOf({ input, layers });
  const last = layers.at(-1);
  return last ? flowAfter(last, flows.at(-2)!, isRecurrent(kind)) : flows[0]!;
}

/** The text of the stack that is nearest to a text. */
export function nearestStack(text: string): NearText {
  const { stack, said } = readStack(text);
  const value = stackText(stack);
  if (value === text) return { value };
  return { value, said: said.length > 0 ? said.join('; ') : `"${text}" is written ${value}` };
}
