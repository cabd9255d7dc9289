/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of a share by Wilson's score (1927, https://doi.org/10.1080/01621459.1927.10502953), which stays in 0..1 and
 * says something when all of few are equal.
 *
 * @param hits - how many
 * @param count - of how many, 1 or more
 */
export function wilson(hits: number, count: number): [low: number, high: number] {
  const share = hits / count;
  const middle = share + Z ** 2 / (2 * count);
  const reach = Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  const all = 1 + Z ** 2 / count;
  return [hits === 0 ? 0 : (middle - reach) / all, hits === count ? 1 : (middle + reach) / all];
}
