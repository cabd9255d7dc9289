// In the memory of the module of pieces.ts, for packing/integer-codes.ts and packing/integer-values.ts. A run has 16 entries or more; its last
// vector ends where it does, and overlaps the one before it.

// Added to a float32 below 2^22 it leaves that as an integer in the last bits.
const WHOLE: f32 = 12582912;

@inline function code4(p: usize, inverse: v128, zero: v128, least: v128, most: v128): v128 {
  const code = f32x4.add(f32x4.nearest(f32x4.mul(v128.load(p), inverse)), zero);
  const inside = f32x4.pmin(f32x4.pmax(code, least), most);
  return v128.and(f32x4.add(inside, f32x4.splat(WHOLE)), i32x4.splat(0xff));
}

@inline function store16(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(out, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

// clip(round(x * inverse) + zero), a byte each.
export function encode(p: usize, n: i32, inverse: f32, zero: f32, least: f32, most: f32, out: usize): void {
  const by = f32x4.splat(inverse), zeros = f32x4.splat(zero), low = f32x4.splat(least), high = f32x4.splat(most);
  for (let i = 0; i < n; i += 16) {
    const j = <usize>min(i, n - 16);
    const x = p + (j << 2);
    const a = code4(x, by, zeros, low, high);
    const b = code4(x + 16, by, zeros, low, high);
    const c = code4(x + 32, by, zeros, low, high);
    const d = code4(x + 48, by, zeros, low, high);
    store16(out + j, a, b, c, d);
  }
}

@inline function codeEach4(p: usize, at: usize, inverses: usize, zeros: usize, least: v128, most: v128): v128 {
  return code4(p + at, v128.load(inverses + at), v128.load(zeros + at), least, most);
}

// The same with an inverse and a zero for each entry.
export function encodeEach(p: usize, n: i32, inverses: usize, zeros: usize, least: f32, most: f32, out: usize): void {
  const low = f32x4.splat(least), high = f32x4.splat(most);
  for (let i = 0; i < n; i += 16) {
    const j = <usize>min(i, n - 16);
    const x = j << 2;
    const a = codeEach4(p, x, inverses, zeros, low, high);
    const b = codeEach4(p, x + 16, inverses, zeros, low, high);
    const c = codeEach4(p, x + 32, inverses, zeros, low, high);
    const d = codeEach4(p, x + 48, inverses, zeros, low, high);
    store16(out + j, a, b, c, d);
  }
}

@inline function value4(codes: v128, scale: v128, zero: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(codes), zero), scale);
}

// (byte ^ flip - zero) * scale, in float32: a flip of 128 makes bytes with a sign unsigned ones that are 128 more.
export function decode(p: usize, n: i32, flip: i32, scale: f32, zero: f32, out: usize): void {
  const by = f32x4.splat(scale), zeros = f32x4.splat(zero), flips = i8x16.splat(<i8>flip);
  for (let i = 0; i < n; i += 16) {
    const j = <usize>min(i, n - 16);
    const bytes = v128.xor(v128.load(p + j), flips);
    const a = i16x8.extend_low_i8x16_u(bytes), b = i16x8.extend_high_i8x16_u(bytes);
    const to = out + (j << 2);
    v128.store(to, value4(i32x4.extend_low_i16x8_u(a), by, zeros));
    v128.store(to, value4(i32x4.extend_high_i16x8_u(a), by, zeros), 16);
    v128.store(to, value4(i32x4.extend_low_i16x8_u(b), by, zeros), 32);
    v128.store(to, value4(i32x4.extend_high_i16x8_u(b), by, zeros), 48);
  }
}

@inline function valueEach4(codes: v128, at: usize, scales: usize, zeros: usize, out: usize): void {
  v128.store(out + at, value4(codes, v128.load(scales + at), v128.load(zeros + at)));
}

// The same with a scale and a zero for each entry.
export function decodeEach(p: usize, n: i32, flip: i32, scales: usize, zeros: usize, out: usize): void {
  const flips = i8x16.splat(<i8>flip);
  for (let i = 0; i < n; i += 16) {
    const j = <usize>min(i, n - 16);
    const bytes = v128.xor(v128.load(p + j), flips);
    const a = i16x8.extend_low_i8x16_u(bytes), b = i16x8.extend_high_i8x16_u(bytes);
    const x = j << 2;
    valueEach4(i32x4.extend_low_i16x8_u(a), x, scales, zeros, out);
    valueEach4(i32x4.extend_high_i16x8_u(a), x + 16, scales, zeros, out);
    valueEach4(i32x4.extend_low_i16x8_u(b), x + 32, scales, zeros, out);
    valueEach4(i32x4.extend_high_i16x8_u(b), x + 48, scales, zeros, out);
  }
}
