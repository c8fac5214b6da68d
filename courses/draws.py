"""Drawing questions from tagged sets. Pure but for chance."""

import random


def allot(pools: list[list], counts: list[int]) -> list[list]:
    """Return what each draw gets of its pool: at random, none twice over all draws, fewer only where there cannot be more.

    Args: pools: what each draw may take (hashable); counts: how many each wants.
    Pools may overlap: who holds what another needs takes something else of its own, as long as there is something.
    """
    chance, holder = random.SystemRandom(), {}
    pools = [chance.sample(pool, len(pool)) for pool in pools]

    def take(draw: int, tried: set) -> bool:
        for thing in pools[draw]:
            if thing not in tried:
                tried.add(thing)
                if thing not in holder or (holder[thing] != draw and take(holder[thing], tried)):
                    holder[thing] = draw
                    return True
        return False

    for draw, count in enumerate(counts):
        for _n in range(min(count, len(pools[draw]))):
            take(draw, set())
    found = [[thing for thing, by in holder.items() if by == draw] for draw in range(len(pools))]
    return [chance.sample(things, len(things)) for things in found]
