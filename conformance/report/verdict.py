"""What a run says of one identity provider."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a provider will work with the endpoint, and what goes wrong if not."""

    profile: str
    title: str
    steps: int
    consequences: tuple[str, ...]
    """What follows from the steps that failed."""
    remarks: tuple[str, ...]
    """What follows from those that should have gone better."""
    failed: int
    untried: int

    @property
    def works(self) -> bool | None:
        """Whether it works; None when not every step could be tried."""
        if self.failed:
            return False
        return None if self.untried else True

    @property
    def summary(self) -> str:
        """One line."""
        match self.works:
            case False:
                return f"{self.title} will not work: {self.failed} of {self.steps} steps fail"
            case None:
                tried = self.steps - self.untried
                return f"{self.title}: no step fails, but only {tried} of {self.steps} were tried"
        but = f", with {len(self.remarks)} remarks" if len(self.remarks) > 1 else ""
        return f"{self.title} will work" + (", with one remark" if len(self.remarks) == 1 else but)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as the summary of the JSON report holds it."""
        return {
            "works": self.works,
            "consequences": list(self.consequences),
            "remarks": list(self.remarks),
        }
