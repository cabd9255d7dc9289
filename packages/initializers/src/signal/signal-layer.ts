/** A number by theory and by measurement; null where there is no rule or no batch, and where it is not finite. */
export interface Signal {
  /** By mean-field theory from the weights' mean squares. */
  predicted: number | null;
  /** On the batch. */
  measured: number | null;
}

/** The signal at one dense or convolution layer. */
export interface SignalLayer {
  /** The layer's path. */
  path: string;
  /** Name of the activation that the layer ends with: `linear`, `relu`, ... */
  activation: string;
  /** Numbers that the layer gives for one example; without a batch an axis of any size counts as 1. */
  size: number;
  /** Numbers in its kernel. */
  parameters: number;
  /** Fan-in of its kernel; that of the pointwise one of a separable convolution. */
  fanIn: number;
  /** Standard deviation of its kernel's values; null where one is not finite. */
  weightStd: number | null;
  /** Mean square of its kernel's values; null where one is not finite. */
  weightSquare: number | null;
  /** Variance before the activation. */
  forward: Signal;
  /** Mean square of the gradient of a random projection of the outputs, before the activation. */
  backward: Signal;
  /**
   * χ1: by how much the square of a small change grows from the last pre-activation, or sum of branches, to this one, a mean over
   * places; fanIn E w² E f'(z)² with z and f of the layer before where no edge is padded. Null for the first layer and where a
   * layer between has no rule.
   */
  chi: number | null;
  /** χ1 - 1: below 0 changes and gradients die out with depth, above 0 they grow; 0 is the edge of chaos. */
  edge: number | null;
  /** Share of units that give the same after the activation for the whole batch; null without two examples. */
  dead: number | null;
}
