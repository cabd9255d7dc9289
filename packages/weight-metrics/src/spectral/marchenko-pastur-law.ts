/** The law of Marchenko and Pastur for σ = 1: of the eigenvalues of WᵀW / N, W of N x M independent entries, with β = M / N at most 1. */
export interface BulkLaw {
  /** Its lower end, (1 - √β)². */
  low: number;
  /** Its upper end, (1 + √β)². */
  high: number;
  /** The share of eigenvalues at or below x. */
  share: (x: number) => number;
}

/** The law for one ratio of the sides. */
export function bulkLaw(beta: number): BulkLaw {
  const [low, high] = [(1 - Math.sqrt(beta)) ** 2, (1 + Math.sqrt(beta)) ** 2];
  const share = (x: number): number => {
    if (x <= low) return 0;
    if (x >= high) return 1;
    // The integral of √((high - x) (x - low)) / (2 π β x), in closed form.
    const r = Math.sqrt((high - x) / (x - low));
    const turn = beta === 1 ? 0 : (1 - beta) * Math.atan((low * r * r - high) / (2 * (1 - beta) * r));
    const sum =
      Math.PI * beta + Math.sqrt((high - x) * (x - low)) - (1 + beta) * Math.atan((r * r - 1) / (2 * r)) + turn;
    return Math.min(1, Math.max(0, sum / (2 * Math.PI * beta)));
  };
  return { low, high, share };
}

/** Where the share is one half. */
export function medianOf({ low, high, share }: BulkLaw): number {
  let [from, to] = [low, high];
  for (let i = 0; i < 60; i++) {
    const middle = (from + to) / 2;
    if (share(middle) < 0.5) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}
