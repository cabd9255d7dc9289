/** What a layer or node gives before its activation, unit by unit, as batch normalization knew it. */
export interface UnitStatistics {
  /** The mean of each unit over the training data. */
  mean: Float32Array;
  /** Its standard deviation. */
  std: Float32Array;
}
