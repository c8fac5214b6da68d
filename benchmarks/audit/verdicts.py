"""What an audit says: one sentence, its figure and target, and whether it holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """One claim.

    Args: figure: None where it could not be found out; target: such as "<= 0", None for what is only told.
    """

    claim: str
    figure: float | None
    target: str | None = None

    @property
    def holds(self) -> bool | None:
        """Say whether the figure meets the target; None when nothing is judged."""
        if self.target is None or self.figure is None:
            return None
        sign, _space, bound = self.target.partition(" ")
        return self.figure <= float(bound) if sign == "<=" else self.figure >= float(bound)

    def as_row(self) -> dict:
        return {"claim": self.claim, "figure": self.figure, "target": self.target, "holds": self.holds}
