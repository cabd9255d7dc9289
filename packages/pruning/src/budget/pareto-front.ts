/** One way to treat a layer: what it costs, and what is lost by it. */
export interface Choice {
  readonly cost: number;
  readonly loss: number;
}

/** A choice for each layer. */
export interface Front extends Choice {
  /** Which of each layer's choices it is. */
  readonly picks: readonly number[];
}

interface Partial extends Choice {
  pick: number;
  before: Partial | undefined;
}

/** What no other beats in both, by rising cost and falling loss; of equals the first. */
function undominated(points: Partial[]): Partial[] {
  points.sort((a, b) => a.cost - b.cost || a.loss - b.loss);
  const front: Partial[] = [];
  for (const point of points) if (front.length === 0 || point.loss < front[front.length - 1]!.loss) front.push(point);
  return front;
}

/** At most so many points: the cheapest, and of each of equal steps of the cost the one with the least loss. */
function thinned(front: Partial[], most: number): Partial[] {
  if (front.length <= most) return front;
  const [low, high] = [front[0]!.cost, front[front.length - 1]!.cost];
  const step = (high - low) / (most - 1);
  const kept: Partial[] = [front[0]!];
  for (const [i, point] of front.entries()) {
    const next = front[i + 1];
    // The last of its step, which has the least loss of it.
    if (i > 0 && (!next || Math.ceil((next.cost - low) / step) > Math.ceil((point.cost - low) / step)))
      kept.push(point);
  }
  return kept;
}

function picksOf(point: Partial): number[] {
  const picks: number[] = [];
  for (let at: Partial | undefined = point; at?.before; at = at.before) picks.push(at.pick);
  return picks.reverse();
}

/**
 * The combinations of one choice per layer that no other combination beats in cost and in loss, where both add up over the layers:
 * the multiple-choice knapsack problem for every budget at once, by adding layer after layer. Exact as long as no more than `most`
 * are left on the way; from then on each layer moves the costs by less than 1 / (most - 1) of their range.
 *
 * Kellerer, Pferschy and Pisinger, Knapsack Problems, 2004, section 11.5 (dynamic programming with dominance)
 *
 * @param layers - the choices of each layer, at least one
 * @param most - how many points are kept, 2 or more
 * @returns by rising cost and falling loss
 */
export function paretoFront(layers: readonly (readonly Choice[])[], most = 2048): Front[] {
  let front: Partial[] = [{ cost: 0, loss: 0, pick: -1, before: undefined }];
  for (const choices of layers) {
    const next: Partial[] = [];
    for (const before of front)
      for (const [pick, { cost, loss }] of choices.entries())
        next.push({ cost: before.cost + cost, loss: before.loss + loss, pick, before });
    front = thinned(undominated(next), most);
  }
  return front.map((point) => ({ cost: point.cost, loss: point.loss, picks: picksOf(point) }));
}
