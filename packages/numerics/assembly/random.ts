// Four stream elements per vector. Each function mirrors its reference in src/ step for step and gives the same bits.

@inline function splat(x: f32): v128 { return f32x4.splat(x); }
@inline function mulAdd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }
@inline function rotate(x: v128, turn: i32): v128 {
  return v128.or(i32x4.shl(x, turn), i32x4.shr_u(x, 32 - turn));
}

// src/threefry.ts, x xor y, for counters (hi, lo + 0 .. 3)
@inline function words(k0: i32, k1: i32, hi: i32, lo: i32): v128 {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x = i32x4.splat(hi + k0);
  let y = i32x4.add(i32x4.splat(lo + k1), i32x4(0, 1, 2, 3));
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
  x = i32x4.add(x, i32x4.splat(k1)); y = i32x4.add(y, i32x4.splat(k2 + 1));
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 17), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 29), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 16), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 24), x);
  x = i32x4.add(x, i32x4.splat(k2)); y = i32x4.add(y, i32x4.splat(k0 + 2));
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
  x = i32x4.add(x, i32x4.splat(k0)); y = i32x4.add(y, i32x4.splat(k1 + 3));
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 17), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 29), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 16), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 24), x);
  x = i32x4.add(x, i32x4.splat(k1)); y = i32x4.add(y, i32x4.splat(k2 + 4));
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
  x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
  x = i32x4.add(x, i32x4.splat(k2)); y = i32x4.add(y, i32x4.splat(k0 + 5));
  return v128.xor(x, y);
}

// src/fill-uniform.ts
@inline function uniforms(word: v128, min: v128, scale: v128): v128 {
  const mantissa = v128.or(i32x4.shr_u(word, 9), i32x4.splat(0x3f800000));
  return f32x4.max(min, mulAdd(f32x4.sub(mantissa, splat(1)), scale, min));
}

// src/normal-quantile.ts: ln(x) of normal positive x
@inline function logFloat(x: v128): v128 {
  let exponent = i32x4.sub(i32x4.shr_s(x, 23), i32x4.splat(127));
  let m = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000));
  const big = f32x4.gt(m, splat(1.4142135));
  m = v128.bitselect(f32x4.mul(m, splat(0.5)), m, big);
  exponent = i32x4.sub(exponent, big);
  const f = f32x4.sub(m, splat(1));
  const ff = f32x4.mul(f, f);
  let p = splat(0.07037586);
  p = mulAdd(p, f, splat(-0.115145594));
  p = mulAdd(p, f, splat(0.11677012));
  p = mulAdd(p, f, splat(-0.12420149));
  p = mulAdd(p, f, splat(0.14249322));
  p = mulAdd(p, f, splat(-0.16668057));
  p = mulAdd(p, f, splat(0.20000714));
  p = mulAdd(p, f, splat(-0.24999994));
  p = mulAdd(p, f, splat(0.3333333));
  const cubic = f32x4.mul(f32x4.mul(p, f), ff);
  const small = f32x4.add(f, f32x4.add(f32x4.mul(ff, splat(-0.5)), cubic));
  return mulAdd(f32x4.convert_i32x4_s(exponent), splat(0.6931472), small);
}

// src/normal-quantile.ts
@inline function normalQuantile(u: v128): v128 {
  const w = f32x4.neg(logFloat(f32x4.mul(f32x4.sub(splat(1), u), f32x4.add(splat(1), u))));
  const z = f32x4.sub(w, splat(2.5));
  let ratio = splat(-1.2432431e-8);
  ratio = mulAdd(ratio, z, splat(3.285592e-8));
  ratio = mulAdd(ratio, z, splat(6.5926486e-7));
  ratio = mulAdd(ratio, z, splat(-4.897004e-6));
  ratio = mulAdd(ratio, z, splat(-7.0192336e-6));
  ratio = mulAdd(ratio, z, splat(0.00030878567));
  ratio = mulAdd(ratio, z, splat(-0.0017716446));
  ratio = mulAdd(ratio, z, splat(-0.005907717));
  ratio = mulAdd(ratio, z, splat(0.34880203));
  ratio = mulAdd(ratio, z, splat(2.1233134));
  const central = f32x4.lt(w, splat(5));
  if (!i32x4.all_true(central)) {
    const s = f32x4.sub(f32x4.sqrt(w), splat(3));
    let tail = splat(0.00016363048);
    tail = mulAdd(tail, s, splat(-0.00043780258));
    tail = mulAdd(tail, s, splat(-8.029474e-5));
    tail = mulAdd(tail, s, splat(0.002100238));
    tail = mulAdd(tail, s, splat(-0.0050874995));
    tail = mulAdd(tail, s, splat(0.008042595));
    tail = mulAdd(tail, s, splat(-0.010800757));
    tail = mulAdd(tail, s, splat(0.013357652));
    tail = mulAdd(tail, s, splat(1.4165823));
    tail = mulAdd(tail, s, splat(4.0064344));
    ratio = v128.bitselect(ratio, tail, central);
  }
  return f32x4.mul(ratio, u);
}

const LOWEST_U: f32 = -0.99999994;

// Every fill writes n elements rounded up to a multiple of 4; (hi, lo) is the counter of the first.

export function bits(out: usize, n: i32, k0: i32, k1: i32, hi: i32, lo: i32): void {
  for (let i = 0; i < n; i += 4, out += 16) v128.store(out, words(k0, k1, hi, lo + i));
}

export function uniform(out: usize, n: i32, k0: i32, k1: i32, hi: i32, lo: i32, min: f32, scale: f32): void {
  const low = splat(min);
  const width = splat(scale);
  for (let i = 0; i < n; i += 4, out += 16) v128.store(out, uniforms(words(k0, k1, hi, lo + i), low, width));
}

// The quantile is a long chain of dependent steps: in a loop of its own the processor works on several at a time.
export function normal(out: usize, n: i32, k0: i32, k1: i32, hi: i32, lo: i32, mean: f32, std: f32): void {
  const center = splat(mean);
  const spread = splat(std);
  uniform(out, n, k0, k1, hi, lo, LOWEST_U, 2);
  for (let i = 0; i < n; i += 4, out += 16) v128.store(out, mulAdd(normalQuantile(v128.load(out)), spread, center));
}

export function truncated(
  out: usize, n: i32, k0: i32, k1: i32, hi: i32, lo: i32,
  uMin: f32, uScale: f32, zMin: f32, zMax: f32, mean: f32, std: f32, min: f32, max: f32,
): void {
  uniform(out, n, k0, k1, hi, lo, uMin, uScale);
  for (let i = 0; i < n; i += 4, out += 16) {
    const u = f32x4.min(f32x4.max(v128.load(out), splat(LOWEST_U)), splat(-LOWEST_U));
    const z = f32x4.min(f32x4.max(normalQuantile(u), splat(zMin)), splat(zMax));
    v128.store(out, f32x4.min(f32x4.max(mulAdd(z, splat(std), splat(mean)), splat(min)), splat(max)));
  }
}
