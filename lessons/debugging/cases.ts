import { fillUniform, permutation, randomKey } from '@weightkit/numerics';

/** Hidden layers of every network of the ward. */
export const DEPTH = 5;

/** What may ail a network. */
export const CAUSES = [
  'healthy',
  'weights are 0',
  'weights too large',
  'weights too small',
  'fan counted on the wrong side',
  'units are copies',
  'biases far below 0',
  'units at the ends of tanh',
  'inputs not standardized',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Where it sits, as one can say it. */
export const PLACES = [
  'not yet',
  'no layer',
  'layer 1',
  'layer 2',
  'layer 3',
  'layer 4',
  'layer 5',
  'all five layers',
] as const;
export type Place = (typeof PLACES)[number];

/** What can be done to a network. */
export const CURES = [
  'none',
  'new weights there',
  'biases of 0 there',
  'LSUV, all layers',
  'standardize the inputs',
  'learning rate ÷ 10',
] as const;
export type Cure = (typeof CURES)[number];

interface KindOf {
  cause: Cause;
  activation: 'relu' | 'tanh';
  /** Layer 1, one of those behind it by chance, all, or none: what ails is not in the layers. */
  where: 'first' | 'one' | 'all' | 'none';
  /** What mends it. */
  cure: Cure;
}

/** The patients of the ward: ten sick ones and two that are well. */
export const KINDS = {
  'healthy, ReLU': { cause: 'healthy', activation: 'relu', where: 'none', cure: 'none' },
  'healthy, tanh': { cause: 'healthy', activation: 'tanh', where: 'none', cure: 'none' },
  'one layer of zeros': { cause: 'weights are 0', activation: 'relu', where: 'one', cure: 'new weights there' },
  'one layer too large': { cause: 'weights too large', activation: 'relu', where: 'one', cure: 'new weights there' },
  'N(0, 1) in all layers': { cause: 'weights too large', activation: 'relu', where: 'all', cure: 'new weights there' },
  'one layer too small': { cause: 'weights too small', activation: 'relu', where: 'one', cure: 'new weights there' },
  'std 0.01 in all layers': { cause: 'weights too small', activation: 'relu', where: 'all', cure: 'new weights there' },
  'fan of the wrong side': {
    cause: 'fan counted on the wrong side',
    activation: 'relu',
    where: 'first',
    cure: 'new weights there',
  },
  'one seed for each unit': { cause: 'units are copies', activation: 'relu', where: 'one', cure: 'new weights there' },
  'biases of −4': { cause: 'biases far below 0', activation: 'relu', where: 'one', cure: 'biases of 0 there' },
  'biases of ±4': { cause: 'units at the ends of tanh', activation: 'tanh', where: 'one', cure: 'biases of 0 there' },
  'pixels from 0 to 255': {
    cause: 'inputs not standardized',
    activation: 'relu',
    where: 'none',
    cure: 'standardize the inputs',
  },
} as const satisfies Record<string, KindOf>;
export type Kind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];
export const PATIENTS = KIND_NAMES.map((_, i) => String(i + 1));
export const FROM_WARD = 'a patient of the ward';

/** What a network has. */
export interface Case {
  kind: Kind;
  cause: Cause;
  activation: 'relu' | 'tanh';
  /** Numbers of the layers that are ill. */
  layers: number[];
  cure: Cure;
}

const ALL = Array.from({ length: DEPTH }, (_, i) => i + 1);

/** A kind of fault, with the layer where it sits by chance. */
export function caseOf(kind: Kind, seed: number): Case {
  const { cause, activation, where, cure } = KINDS[kind];
  const [chance] = fillUniform(new Float32Array(1), randomKey(seed, `layer/${kind}`));
  // Behind the first layer and before the last.
  const one = 2 + Math.floor(3 * chance!);
  const layers = { first: [1], one: [one], all: ALL, none: [] }[where];
  return { kind, cause, activation, layers, cure };
}

/** Who lies in a bed: the ward is another one with each seed. */
export const patientOf = (patient: string, seed: number): Case =>
  caseOf(KIND_NAMES[permutation(KIND_NAMES.length, randomKey(seed, 'ward'))[Number(patient) - 1]!]!, seed);

/** The layers that a place means. */
export function layersOf(place: Place): number[] {
  if (place === 'not yet' || place === 'no layer') return [];
  return place === 'all five layers' ? ALL : [Number(place.slice('layer '.length))];
}

/** A place in words; none where nothing in the layers is ill. */
export const placeText = (layers: readonly number[]): string => {
  if (layers.length === 0) return 'no layer';
  if (layers.length === DEPTH) return 'all five layers';
  return `layer${layers.length > 1 ? 's' : ''} ${layers.join(', ')}`;
};

export const sameLayers = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
