/** What was asked for cannot be done; the command ends with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
  /** What to do instead. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
