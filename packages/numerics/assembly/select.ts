// src/radix-select.ts and src/masks.ts. `signed` is 1 for signed order, 0 for magnitudes. Data comes in whole vectors
// but for `n`: a last part is taken entry by entry.

@inline function key(word: u32, signed: bool): u32 {
  if (!signed) return word & 0x7fffffff;
  if (word == 0x80000000) return word;
  return word & 0x80000000 ? ~word : word | 0x80000000;
}

@inline function keys(word: v128, signed: bool): v128 {
  if (!signed) return v128.and(word, i32x4.splat(0x7fffffff));
  const sign = i32x4.splat(0x80000000);
  const flipped = v128.xor(word, v128.or(i32x4.shr_s(word, 31), sign));
  return v128.bitselect(sign, flipped, i32x4.eq(word, sign));
}

@inline function bump(counts: usize, digit: u32): void {
  const slot = counts + (<usize>digit << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

// Counts the top 11 bits; returns whether there is a NaN.
export function countDigits(p: usize, n: i32, signed: bool, counts: usize): bool {
  let bad = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const word = v128.load(p);
    bad = v128.or(bad, f32x4.ne(word, word));
    const digit = i32x4.shr_u(keys(word, signed), 21);
    bump(counts, i32x4.extract_lane(digit, 0));
    bump(counts, i32x4.extract_lane(digit, 1));
    bump(counts, i32x4.extract_lane(digit, 2));
    bump(counts, i32x4.extract_lane(digit, 3));
  }
  let found = v128.any_true(bad);
  for (; i < n; i++, p += 4) {
    const value = load<f32>(p);
    if (value != value) found = true;
    bump(counts, key(load<u32>(p), signed) >>> 21);
  }
  return found;
}

// Copies the words whose top 11 bits are `digit`; returns how many.
export function gatherDigit(p: usize, n: i32, signed: bool, digit: u32, out: usize): i32 {
  const wanted = i32x4.splat(digit);
  let q = out;
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const same = i32x4.eq(i32x4.shr_u(keys(v128.load(p), signed), 21), wanted);
    let lanes = i32x4.bitmask(same);
    for (; lanes; lanes &= lanes - 1, q += 4) store<u32>(q, load<u32>(p + (<usize>ctz(lanes) << 2)));
  }
  for (; i < n; i++, p += 4) {
    const word = load<u32>(p);
    if (key(word, signed) >>> 21 != digit) continue;
    store<u32>(q, word);
    q += 4;
  }
  return <i32>((q - out) >> 2);
}

// One byte per entry: 1 above the threshold and at the first `ties` entries equal to it; returns the ties left.
export function markLargest(p: usize, n: i32, signed: bool, threshold: u32, ties: i32, out: usize): i32 {
  const bound = i32x4.splat(threshold);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16, out += 4) {
    const value = keys(v128.load(p), signed);
    const equal = i32x4.bitmask(i32x4.eq(value, bound));
    let ones = i32x4.bitmask(i32x4.gt_u(value, bound));
    for (let lanes = equal; lanes != 0 && ties > 0; lanes &= lanes - 1, ties--) ones |= 1 << ctz(lanes);
    // Spreads the four bits over four bytes.
    store<u32>(out, ((<u32>ones) * 0x00204081) & 0x01010101);
  }
  for (; i < n; i++, p += 4, out++) {
    const value = key(load<u32>(p), signed);
    let one = value > threshold;
    if (value == threshold && ties > 0) {
      one = true;
      ties--;
    }
    store<u8>(out, one);
  }
  return ties;
}
