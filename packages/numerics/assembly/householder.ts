// src/reflect.ts and src/householder-qr.ts in blocks: float64, row-major with `ld` entries from row to row, rows >= cols.
import { at, axpy, combine, multiply, sum2 } from './product';

const NB = 32;

// x becomes the vector v; beta and tau go to `out`
export function householder(x: usize, n: i32, out: usize): void {
  let s = f64x2.splat(0), t = s;
  let i = 1;
  for (; i + 4 <= n; i += 4) {
    const a = v128.load(at(x, i)), b = v128.load(at(x, i), 16);
    s = f64x2.add(s, f64x2.mul(a, a));
    t = f64x2.add(t, f64x2.mul(b, b));
  }
  let tail = sum2(f64x2.add(s, t));
  for (; i < n; i++) tail += load<f64>(at(x, i)) * load<f64>(at(x, i));
  const alpha = load<f64>(x);
  let scale: f64 = 1;
  store<f64>(x, 1);
  if (!(tail > 1e-280 && tail + alpha * alpha < 1e280)) {
    let largest: f64 = 0;
    for (i = 1; i < n; i++) largest = max(largest, abs(load<f64>(at(x, i))));
    if (largest < 1e-290) {
      store<f64>(out, alpha);
      store<f64>(out, 0, 8);
      return;
    }
    scale = max(largest, abs(alpha));
    tail = 0;
    for (i = 1; i < n; i++) {
      const value = load<f64>(at(x, i)) / scale;
      tail += value * value;
    }
  }
  const first = alpha / scale;
  const norm = scale * sqrt<f64>(first * first + tail);
  const beta = alpha > 0 ? -norm : norm;
  const divisor = f64x2.splat(alpha - beta);
  for (i = 1; i + 2 <= n; i += 2) v128.store(at(x, i), f64x2.div(v128.load(at(x, i)), divisor));
  if (i < n) store<f64>(at(x, i), load<f64>(at(x, i)) / (alpha - beta));
  store<f64>(out, beta);
  store<f64>(out, (beta - alpha) / beta, 8);
}

// The blocks of the scratch memory: 33 rows + 128 cols + 2434 entries (src/matrix-engine.ts).
let v: usize, t: usize, gram: usize, w: usize, x: usize, room: usize, column: usize, pair: usize;

function layOut(scratch: usize, m: i32, n: i32): void {
  v = scratch;
  t = at(v, m * NB);
  gram = at(t, NB * NB);
  w = at(gram, NB * NB);
  x = at(w, NB * n);
  room = at(x, NB * n);
  column = at(room, 64 * (n + 4));
  pair = at(column, m);
}

function takePanel(a: usize, ld: i32, rows: i32, width: i32): void {
  for (let i = 0; i < rows; i++) memory.copy(at(v, i * NB), at(a, i * ld), <usize>width << 3);
}

// Rows of v from `top` on: column c times `scale` is the vector, times `work` comes on top of the columns after it; `sums` is
// column c + 1 times the columns from there on, without its first row. One pass; the lanes beside the columns do not count.
function panelStep(top: usize, n: i32, c: i32, width: i32, scale: f64, work: usize, sums: usize): void {
  const first = (c + 1) & ~1;
  memory.fill(sums, 0, NB << 3);
  const head = load<f64>(at(work, c + 1));
  for (let i = 0; i < n; i += 2, top += NB << 4) {
    const p = top, q = i + 1 < n ? top + (NB << 3) : at(sums, NB);
    const f = load<f64>(at(p, c)) * scale, g = load<f64>(at(q, c)) * scale;
    store<f64>(at(p, c), f);
    store<f64>(at(q, c), g);
    const ff = f64x2.splat(f), gg = f64x2.splat(g);
    const xx = f64x2.splat(i == 0 ? 0 : load<f64>(at(p, c + 1)) + f * head), yy = f64x2.splat(load<f64>(at(q, c + 1)) + g * head);
    for (let j = first; j < width; j += 2) {
      const w = v128.load(at(work, j));
      const x = f64x2.add(v128.load(at(p, j)), f64x2.mul(ff, w)), y = f64x2.add(v128.load(at(q, j)), f64x2.mul(gg, w));
      v128.store(at(p, j), x);
      v128.store(at(q, j), y);
      v128.store(at(sums, j), f64x2.add(v128.load(at(sums, j)), f64x2.add(f64x2.mul(xx, x), f64x2.mul(yy, y))));
    }
  }
}

// Beta and tau of column c to `pair`; returns what its entries below the diagonal are to be multiplied by.
function panelVector(top: usize, n: i32, c: i32, width: i32, sums: usize): f64 {
  const alpha = load<f64>(top), tail = load<f64>(at(sums, c));
  if (tail > 1e-280 && tail + alpha * alpha < 1e280) {
    const norm = sqrt<f64>(alpha * alpha + tail);
    const beta = alpha > 0 ? -norm : norm;
    store<f64>(pair, beta);
    store<f64>(pair, (beta - alpha) / beta, 8);
    return 1 / (alpha - beta);
  }
  for (let i = 0; i < n; i++) store<f64>(at(column, i), load<f64>(at(top, i * NB)));
  householder(column, n, pair);
  for (let i = 1; i < n; i++) store<f64>(at(top, i * NB), load<f64>(at(column, i)));
  memory.fill(sums, 0, NB << 3);
  combine(at(column, 1), at(top, NB - c), NB << 3, sums, n - 1, width);
  return 1;
}

function panelQr(rows: i32, width: i32, taus: usize): void {
  const work = at(pair, 2), sums = at(work, NB);
  memory.fill(work, 0, NB << 5);
  for (let i = 1; i < rows; i++) axpy(load<f64>(at(v, i * NB)), at(v, i * NB), sums, width);
  for (let c = 0; c < width; c++) {
    const top = at(v, c * NB + c);
    const scale = panelVector(top, rows - c, c, width, sums);
    const tau = load<f64>(pair, 8);
    store<f64>(at(taus, c), tau);
    store<f64>(top, load<f64>(pair));
    store<f64>(at(work, c), 0);
    for (let j = c + 1; j < width; j++) {
      const value = -tau * (load<f64>(at(v, c * NB + j)) + scale * load<f64>(at(sums, j)));
      store<f64>(at(work, j), value);
      store<f64>(at(v, c * NB + j), load<f64>(at(v, c * NB + j)) + value);
    }
    panelStep(at(v, (c + 1) * NB), rows - c - 1, c, width, scale, work, sums);
  }
}

// Ones and zeros into v, and t with (I - tau v v') ... = I - v t v'.
function blockFactor(rows: i32, width: i32, taus: usize): void {
  for (let i = 0; i < width; i++) {
    memory.fill(at(v, i * NB + i), 0, <usize>(width - i) << 3);
    store<f64>(at(v, i * NB + i), 1);
  }
  memory.fill(t, 0, NB * NB * 16);
  multiply(gram, NB << 3, v, 8, NB << 3, v, NB << 3, width, width, rows, 1, room);
  for (let j = 0; j < width; j++) {
    const tau = load<f64>(at(taus, j));
    store<f64>(at(t, j * NB + j), tau);
    for (let i = 0; i < j; i++) {
      let sum: f64 = 0;
      for (let l = i; l < j; l++) sum += load<f64>(at(t, i * NB + l)) * load<f64>(at(gram, l * NB + j));
      store<f64>(at(t, i * NB + j), -tau * sum);
    }
  }
}

// c -= v t v' c, with t transposed on request
function applyBlock(c: usize, ld: i32, rows: i32, cols: i32, width: i32, transposed: bool): void {
  const n = <usize>cols << 3;
  memory.fill(w, 0, n * width);
  memory.fill(x, 0, n * width);
  multiply(w, n, v, 8, NB << 3, c, <usize>ld << 3, width, cols, rows, 1, room);
  if (transposed) multiply(x, n, t, 8, NB << 3, w, n, width, cols, width, 1, room);
  else multiply(x, n, t, NB << 3, 8, w, n, width, cols, width, 1, room);
  multiply(c, <usize>ld << 3, v, NB << 3, 8, x, n, rows, cols, width, -1, room);
}

export function qr(a: usize, ld: i32, m: i32, n: i32, taus: usize, scratch: usize): void {
  layOut(scratch, m, n);
  for (let k = 0; k < n; k += NB) {
    const width = min(NB, n - k), rows = m - k;
    const corner = at(a, k * ld + k);
    takePanel(corner, ld, rows, width);
    panelQr(rows, width, at(taus, k));
    for (let i = 0; i < rows; i++) memory.copy(at(corner, i * ld), at(v, i * NB), <usize>width << 3);
    if (k + width == n) break;
    blockFactor(rows, width, at(taus, k));
    applyBlock(at(corner, width), ld, rows, n - k - width, width, true);
  }
}

// Q from qr; column j times signs[j] unless `signs` is 0
export function formQ(a: usize, ld: i32, m: i32, n: i32, taus: usize, signs: usize, scratch: usize): void {
  layOut(scratch, m, n);
  for (let k = ((n - 1) / NB) * NB; k >= 0; k -= NB) {
    const width = min(NB, n - k), rows = m - k;
    const corner = at(a, k * ld + k);
    takePanel(corner, ld, rows, width);
    blockFactor(rows, width, at(taus, k));
    for (let i = 0; i < rows; i++) memory.fill(at(corner, i * ld), 0, <usize>(i < width ? n - k : width) << 3);
    for (let i = 0; i < width; i++) store<f64>(at(corner, i * ld + i), 1);
    applyBlock(corner, ld, rows, n - k, width, false);
  }
  if (signs == 0) return;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) store<f64>(at(a, i * ld + j), load<f64>(at(a, i * ld + j)) * load<f64>(at(signs, j)));
  }
}
