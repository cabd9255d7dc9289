export { ACTIVATIONS, normalCdf } from '@weightkit/numerics';
