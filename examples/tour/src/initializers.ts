import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  orthogonal,
  torchDefault,
} from '@weightkit/initializers';

/** What `--initializer` may be. */
export const INITIALIZERS: Record<string, () => Initializer> = {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  orthogonal,
  torchDefault,
};
