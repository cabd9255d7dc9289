// Pointers are byte offsets into the exported memory, which the caller lays out and grows; nothing is allocated here.
export { bits, normal, truncated, uniform } from './random';
export { blockSums32, blockSums64 } from './moments';
export { count32, count64, range32, range64 } from './histogram';
export { countDigits, gatherDigit, markLargest, pruneSmallest, scanBracket } from './select';
export { cholesky, lu, solveLower, solveUpper } from './panels';
export { formQ, qr } from './householder';
export { bidiagonalize, tridiagonalize } from './condense';
export { multiply } from './product';
export { rotateRows } from './rotate';
