// src/reflect.ts, src/householder-qr.ts and src/bidiagonalize.ts: float64, row-major, rows >= cols.

@inline function at(p: usize, i: i32): usize { return p + (<usize>i << 3); }
@inline function sum2(a: v128): f64 { return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1); }

// q += f p
@inline function axpy(f: f64, p: usize, q: usize, n: i32): void {
  const ff = f64x2.splat(f);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 32, q += 32) {
    v128.store(q, f64x2.add(v128.load(q), f64x2.mul(ff, v128.load(p))));
    v128.store(q, f64x2.add(v128.load(q, 16), f64x2.mul(ff, v128.load(p, 16))), 16);
  }
  for (; i < n; i++, p += 8, q += 8) store<f64>(q, load<f64>(q) + f * load<f64>(p));
}

// q += f0 p0 + f1 p1 + f2 p2 + f3 p3, rows `stride` bytes apart
@inline function axpy4(f: usize, p: usize, stride: usize, q: usize, n: i32): void {
  const f0 = v128.load64_splat(f), f1 = v128.load64_splat(f, 8), f2 = v128.load64_splat(f, 16), f3 = v128.load64_splat(f, 24);
  const p1 = p + stride, p2 = p1 + stride, p3 = p2 + stride;
  let i = 0;
  let k: usize = 0;
  for (; i + 2 <= n; i += 2, k += 16) {
    const a = f64x2.add(f64x2.mul(f0, v128.load(p + k)), f64x2.mul(f1, v128.load(p1 + k)));
    const b = f64x2.add(f64x2.mul(f2, v128.load(p2 + k)), f64x2.mul(f3, v128.load(p3 + k)));
    v128.store(q + k, f64x2.add(v128.load(q + k), f64x2.add(a, b)));
  }
  if (i < n) {
    const a = load<f64>(f) * load<f64>(p + k) + load<f64>(f, 8) * load<f64>(p1 + k);
    const b = load<f64>(f, 16) * load<f64>(p2 + k) + load<f64>(f, 24) * load<f64>(p3 + k);
    store<f64>(q + k, load<f64>(q + k) + (a + b));
  }
}

// x becomes the vector v; beta and tau go to `out`
function householder(x: usize, n: i32, out: usize): void {
  let largest: f64 = 0;
  for (let i = 0; i < n; i++) largest = max(largest, abs(load<f64>(at(x, i))));
  const scale: f64 = largest < 1e-140 ? largest : 1;
  let tail: f64 = 0;
  for (let i = 1; i < n; i++) {
    const value = load<f64>(at(x, i)) / scale;
    tail += value * value;
  }
  const alpha = load<f64>(x);
  store<f64>(x, 1);
  if (!(tail > 0)) {
    store<f64>(out, alpha);
    store<f64>(out, 0, 8);
    return;
  }
  const first = alpha / scale;
  const norm = scale * sqrt<f64>(first * first + tail);
  const beta = alpha > 0 ? -norm : norm;
  for (let i = 1; i < n; i++) store<f64>(at(x, i), load<f64>(at(x, i)) / (alpha - beta));
  store<f64>(out, beta);
  store<f64>(out, (beta - alpha) / beta, 8);
}

// work = -tau v' A[row.., col..]
@inline function project(a: usize, rows: i32, cols: i32, row: i32, col: i32, v: usize, tau: f64, work: usize): void {
  const width = cols - col;
  const stride = <usize>cols << 3;
  memory.fill(work, 0, <usize>width << 3);
  let i = row;
  let p = at(a, row * cols + col);
  for (; i + 4 <= rows; i += 4, p += stride << 2) axpy4(at(v, i - row), p, stride, work, width);
  for (; i < rows; i++, p += stride) axpy(load<f64>(at(v, i - row)), p, work, width);
  for (let j = 0; j < width; j++) store<f64>(at(work, j), -tau * load<f64>(at(work, j)));
}

@inline function reflectLeft(a: usize, rows: i32, cols: i32, row: i32, col: i32, v: usize, tau: f64, work: usize): void {
  project(a, rows, cols, row, col, v, tau, work);
  for (let i = row; i < rows; i++) axpy(load<f64>(at(v, i - row)), work, at(a, i * cols + col), cols - col);
}

@inline function takeColumn(a: usize, rows: i32, cols: i32, k: i32, v: usize): void {
  for (let i = k; i < rows; i++) store<f64>(at(v, i - k), load<f64>(at(a, i * cols + k)));
}

// `work` holds cols + 2 entries, v holds rows.
export function qr(a: usize, rows: i32, cols: i32, taus: usize, v: usize, work: usize): void {
  const pair = at(work, cols);
  for (let k = 0; k < cols; k++) {
    takeColumn(a, rows, cols, k, v);
    householder(v, rows - k, pair);
    const tau = load<f64>(pair, 8);
    store<f64>(at(a, k * cols + k), load<f64>(pair));
    store<f64>(at(taus, k), tau);
    for (let i = k + 1; i < rows; i++) store<f64>(at(a, i * cols + k), load<f64>(at(v, i - k)));
    if (tau != 0) reflectLeft(a, rows, cols, k, k + 1, v, tau, work);
  }
}

export function formQ(a: usize, rows: i32, cols: i32, taus: usize, signs: usize, v: usize, work: usize): void {
  for (let k = cols - 1; k >= 0; k--) {
    takeColumn(a, rows, cols, k, v);
    store<f64>(v, 1);
    const tau = load<f64>(at(taus, k));
    const sign = load<f64>(at(signs, k));
    for (let i = 0; i < k; i++) store<f64>(at(a, i * cols + k), 0);
    for (let i = k; i < rows; i++) store<f64>(at(a, i * cols + k), sign * (<f64>(i == k) - tau * load<f64>(at(v, i - k))));
    memory.fill(at(a, k * cols + k + 1), 0, <usize>(cols - k - 1) << 3);
    if (k + 1 < cols) reflectLeft(a, rows, cols, k, k + 1, v, tau, work);
  }
}

// One row of both updates at once: r += f w (left), then r -= factor (r u) u (right).
@inline function updateRow(r: usize, f: f64, w: usize, u: usize, factor: f64, n: i32): void {
  const ff = f64x2.splat(f);
  let s0 = f64x2.splat(0), s1 = s0;
  let i = 0;
  let k: usize = 0;
  for (; i + 4 <= n; i += 4, k += 32) {
    const a = f64x2.add(v128.load(r + k), f64x2.mul(ff, v128.load(w + k)));
    const b = f64x2.add(v128.load(r + k, 16), f64x2.mul(ff, v128.load(w + k, 16)));
    v128.store(r + k, a);
    v128.store(r + k, b, 16);
    s0 = f64x2.add(s0, f64x2.mul(a, v128.load(u + k)));
    s1 = f64x2.add(s1, f64x2.mul(b, v128.load(u + k, 16)));
  }
  let sum = sum2(f64x2.add(s0, s1));
  for (; i < n; i++, k += 8) {
    const a = load<f64>(r + k) + f * load<f64>(w + k);
    store<f64>(r + k, a);
    sum += a * load<f64>(u + k);
  }
  if (factor != 0) axpy(-factor * sum, u, r, n);
}

// v holds rows, work cols + 2, u cols entries.
export function bidiagonalize(a: usize, rows: i32, cols: i32, d: usize, e: usize, v: usize, work: usize, u: usize): void {
  const pair = at(work, cols);
  for (let k = 0; k < cols; k++) {
    takeColumn(a, rows, cols, k, v);
    householder(v, rows - k, pair);
    store<f64>(at(d, k), load<f64>(pair));
    const width = cols - k - 1;
    if (width == 0) break;
    const row = at(a, k * cols + k + 1);
    project(a, rows, cols, k, k + 1, v, load<f64>(pair, 8), work);
    axpy(1, work, row, width);
    memory.copy(u, row, <usize>width << 3);
    householder(u, width, pair);
    store<f64>(at(e, k), load<f64>(pair));
    const factor = load<f64>(pair, 8);
    for (let i = k + 1; i < rows; i++) {
      updateRow(at(a, i * cols + k + 1), load<f64>(at(v, i - k)), work, u, factor, width);
    }
  }
}
