// src/sweeps.ts: plane rotations of neighboring rows, in strips of eight columns that stay in the cache.

// A sweep is [first row, count, +1 or -1] and count pairs (c, s); rows are `stride` bytes apart.
@inline function strip(a: usize, stride: usize, sweeps: usize, end: usize): void {
  while (sweeps < end) {
    const count = <i32>load<f64>(sweeps, 8);
    const step: usize = load<f64>(sweeps, 16) > 0 ? stride : -stride;
    let p = a + <usize>load<f64>(sweeps) * stride;
    let x0 = v128.load(p), x1 = v128.load(p, 16), x2 = v128.load(p, 32), x3 = v128.load(p, 48);
    sweeps += 24;
    for (let i = 0; i < count; i++, sweeps += 16) {
      const q = p + step;
      const c = v128.load64_splat(sweeps), s = v128.load64_splat(sweeps, 8);
      const y0 = v128.load(q), y1 = v128.load(q, 16), y2 = v128.load(q, 32), y3 = v128.load(q, 48);
      v128.store(p, f64x2.add(f64x2.mul(c, x0), f64x2.mul(s, y0)));
      v128.store(p, f64x2.add(f64x2.mul(c, x1), f64x2.mul(s, y1)), 16);
      v128.store(p, f64x2.add(f64x2.mul(c, x2), f64x2.mul(s, y2)), 32);
      v128.store(p, f64x2.add(f64x2.mul(c, x3), f64x2.mul(s, y3)), 48);
      x0 = f64x2.sub(f64x2.mul(c, y0), f64x2.mul(s, x0));
      x1 = f64x2.sub(f64x2.mul(c, y1), f64x2.mul(s, x1));
      x2 = f64x2.sub(f64x2.mul(c, y2), f64x2.mul(s, x2));
      x3 = f64x2.sub(f64x2.mul(c, y3), f64x2.mul(s, x3));
      p = q;
    }
    v128.store(p, x0);
    v128.store(p, x1, 16);
    v128.store(p, x2, 32);
    v128.store(p, x3, 48);
  }
}

// `ld` is a multiple of 8; columns from cols up to the next multiple are rotated as well.
export function rotateRows(a: usize, ld: i32, cols: i32, sweeps: usize, length: i32): void {
  const end = sweeps + (<usize>length << 3);
  for (let j = 0; j < cols; j += 8) strip(a + (<usize>j << 3), <usize>ld << 3, sweeps, end);
}
