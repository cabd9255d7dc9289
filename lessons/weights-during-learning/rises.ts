/** How often a number rose from one epoch to the next. */
export const rises = (values: readonly number[]): number =>
  values.filter((value, i) => i > 0 && value > values[i - 1]!).length;
