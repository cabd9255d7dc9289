/** What {@link doctor} looks for. The codes stay as they are from version to version. */
export type FaultCode =
  | 'first-nan'
  | 'input-scale'
  | 'wrong-gain'
  | 'duplicate-units'
  | 'dead-units'
  | 'saturation'
  | 'rank-collapse'
  | 'vanishing'
  | 'exploding'
  | 'update-ratio'
  | 'frozen-moving'
  | 'masked-moving';

/** A number that was measured, and the one that it was held against. */
export interface Evidence {
  /** What was measured, in words. */
  measure: string;
  /** The number. */
  value: number;
  /** Where the fault begins; null for a number that stands there to explain. */
  limit: number | null;
}

/** The steps of training between which something happened first. */
export interface StepRange {
  /** The last step after which all was well. */
  after: number;
  /** The first step by which it had happened; `after + 1` where the step is known. */
  by: number;
}

/** One fault at one place, with what was seen, why it comes about and what mends it. */
export interface Finding {
  /** What is wrong. */
  code: FaultCode;
  /** The path of the layer, as of `layersOf`: the recurrent layer itself where it is one of its cell's weights. */
  layer: string;
  /** The path of the weight; null where it is none of one weight. */
  weight: string | null;
  /** When it happened first; null where that is no question, or not known. */
  steps: StepRange | null;
  /** What was seen, in a sentence. */
  message: string;
  /** The numbers behind it. */
  evidence: Evidence[];
  /** Why it comes about. */
  cause: string;
  /** What to do, in a sentence. */
  remedy: string;
  /** The call that does it. */
  call: string;
}

/** A fault that was not looked for, or not everywhere. */
export interface Unchecked {
  /** Which. */
  code: FaultCode;
  /** Why, and what to give. */
  reason: string;
}
