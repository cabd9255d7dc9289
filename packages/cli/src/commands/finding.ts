/** How bad it is: an error breaks the model, a warning probably does, a note is only worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** What is wrong with a model. */
export interface Finding {
  readonly severity: Severity;
  /** A short name: `html`, `not-finite`, `shard-order`, ... */
  readonly kind: string;
  /** The tensor or file. */
  readonly where: string;
  /** What is wrong. */
  readonly message: string;
  /** What it does, or what to do. */
  readonly advice: string | null;
}
