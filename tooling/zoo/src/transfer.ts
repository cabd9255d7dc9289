/** What a published model learned of other classes, as the guide shows it. */
export interface TransferTable {
  by: string;
  backend: string;
  /** How many images went through the model. */
  images: number;
  /** How long that took. */
  seconds: number;
  /** Training steps of each head. */
  steps: number;
  /** Of the adapters. */
  rank: number;
  /** How many numbers are trained, by way. */
  numbers: Record<string, number>;
  /** Percent of the images that it has not seen, by images to learn from and way: the mean over seeds, and half its 95 % interval by t. */
  means: { examples: number; accuracy: Record<string, [mean: number, half: number]> }[];
  /** The same for each seed. */
  rows: { examples: number; seed: number; accuracy: Record<string, number> }[];
}
