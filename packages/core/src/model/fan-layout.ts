/** How a weight's axes are to be read; see {@link fans}. */
export interface FanLayout {
  /**
   * `kernel`: `[...window, in, out]`, dense (no window) and convolutions, grouped ones too (`in` is per group).
   * `depthwise`: `[...window, in, multiplier]`, each input channel convolved by itself.
   * `transposed`: `[...window, out, in]`, transposed convolutions, grouped ones too (`out` is per group).
   *
   * @defaultValue `kernel`
   */
  kind?: 'kernel' | 'depthwise' | 'transposed';
  /**
   * How many gates lie side by side in the last axis of a `kernel`: 4 in an LSTM, 3 in a GRU. An integer of 1 or more.
   *
   * @defaultValue 1
   */
  gates?: number;
  /**
   * Convolution groups: an input channel feeds the outputs of its group only. An integer of 1 or more; not for `depthwise`,
   * whose groups are its channels.
   *
   * @defaultValue 1
   */
  groups?: number;
}
