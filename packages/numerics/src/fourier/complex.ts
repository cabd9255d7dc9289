/** Complex numbers, real and imaginary parts apart. */
export interface Complex {
  /** The real parts. */
  re: Float64Array;
  /** The imaginary parts, as many. */
  im: Float64Array;
}
