/** What assembly/ exports: pointers are byte offsets into `memory`, sizes are in entries, (hi, lo) is a stream index. */
export interface Kernels {
  memory: WebAssembly.Memory;
  bits(out: number, n: number, k0: number, k1: number, hi: number, lo: number): void;
  uniform(out: number, n: number, k0: number, k1: number, hi: number, lo: number, min: number, scale: number): void;
  normal(out: number, n: number, k0: number, k1: number, hi: number, lo: number, mean: number, std: number): void;
  truncated(out: number, n: number, k0: number, k1: number, hi: number, lo: number, ...law: number[]): void;
  blockSums32(p: number, n: number, size: number, out: number): void;
  blockSums64(p: number, n: number, size: number, out: number): void;
  range32(p: number, n: number, out: number): void;
  range64(p: number, n: number, out: number): void;
  count32(p: number, n: number, bins: number, edges: number, counts: number, outside: number): void;
  count64(p: number, n: number, bins: number, edges: number, counts: number, outside: number): void;
  countDigits(p: number, n: number, signed: number, counts: number): number;
  gatherDigit(p: number, n: number, signed: number, digit: number, out: number): number;
  markLargest(p: number, n: number, signed: number, threshold: number, ties: number, out: number): number;
  pruneSmallest(p: number, n: number, threshold: number, ties: number, out: number): number;
  scanBracket(p: number, n: number, signed: number, low: number, high: number, out: number, counters: number): number;
  qr(a: number, ld: number, rows: number, cols: number, taus: number, scratch: number): void;
  formQ(a: number, ld: number, rows: number, cols: number, taus: number, signs: number, scratch: number): void;
  bidiagonalize(a: number, ld: number, rows: number, cols: number, ...vectorsAndScratch: number[]): void;
  tridiagonalize(a: number, ld: number, n: number, d: number, e: number, taus: number, scratch: number): void;
  multiply(c: number, ldc: number, l: number, rowStep: number, colStep: number, r: number, ...rest: number[]): void;
  rotateRows(a: number, ld: number, cols: number, sweeps: number, length: number): void;
  cholesky(a: number, n: number, stride: number, panels: number): number;
  lu(a: number, n: number, cols: number, order: number, panels: number): number;
  solveLower(t: number, n: number, stride: number, b: number, cols: number, strideB: number, panels: number): void;
  solveUpper(t: number, n: number, stride: number, b: number, cols: number, strideB: number, panels: number): void;
}
