import { chronoBias } from './chrono-bias.ts';
import { constant, ones, zeros } from './constant.ts';
import { deltaOrthogonal } from './delta-orthogonal.ts';
import { dirac } from './dirac.ts';
import { forgetBias } from './forget-bias.ts';
import { identity } from './identity.ts';
import type { Initializer } from './initializer.ts';
import { normal } from './normal.ts';
import { orthogonal } from './orthogonal.ts';
import { glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, lecunUniform } from './recipes.ts';
import { siren } from './siren.ts';
import { sparse } from './sparse.ts';
import { torchDefault } from './torch-default.ts';
import { truncatedNormal } from './truncated-normal.ts';
import { uniform } from './uniform.ts';
import { varianceScaling } from './variance-scaling.ts';

const WITH_OPTIONS = {
  chronoBias,
  constant,
  deltaOrthogonal,
  dirac,
  forgetBias,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  siren,
  sparse,
  truncatedNormal,
  uniform,
  varianceScaling,
};
const WITHOUT: Readonly<Record<string, () => Initializer>> = {
  ones,
  torchDefault,
  zeros,
};

/** The names of the laws. */
export const LAWS: readonly string[] = [...Object.keys(WITH_OPTIONS), ...Object.keys(WITHOUT)].sort();

/** An initializer from its `law` and `config`. */
export function fromConfig(law: string, config: Readonly<Record<string, number | string | boolean>>): Initializer {
  if (Object.hasOwn(WITHOUT, law)) return WITHOUT[law]!();
  return WITH_OPTIONS[law as keyof typeof WITH_OPTIONS](config as never);
}
