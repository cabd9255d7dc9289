const NUMBER = /(?<![\w.])[+-]?\d+(?:,\d{3})*(?:\.\d+)?/g;
const numberOf = (text) => Number(text.replaceAll(',', ''));

/**
 * The first line of what a program printed that is not what a page says, or nothing. Words must be the same; numbers may differ by the
 * part `tolerance` of themselves, because sums have other last digits on other processors and a trained network goes its own way from there.
 */
export function differenceOf(said, printed, tolerance) {
  const [expected, got] = [said, printed].map((text) => text.trim().split('\n'));
  const isSame = (a, b) => {
    const [x, y] = [a, b].map((line) => (line.match(NUMBER) ?? []).map(numberOf));
    const [words, others] = [a, b].map((line) => line.replaceAll(NUMBER, '#').replaceAll(/ +/g, ' '));
    return words === others && x.every((value, i) => Math.abs(value - y[i]) <= tolerance * Math.abs(value));
  };
  const at = Array.from({ length: Math.max(expected.length, got.length) }, (_, i) => i).find(
    (i) => !isSame(expected[i] ?? '(nothing)', got[i] ?? '(nothing)'),
  );
  return at === undefined
    ? undefined
    : `line ${at + 1} must say\n  ${expected[at]}\nwithin ${100 * tolerance} %, got\n  ${got[at]}`;
}
