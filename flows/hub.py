"""A hub of models: which files a model has, and fetching them. The only module that uses a network, when asked.

Another hub is another :class:`Hub`; tests offer one that is a folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from edl.errors import EnvironmentLacks

PACKAGE = "huggingface_hub"


@dataclass(frozen=True)
class HubFile:
    """A file of a model: its name inside the model, bytes, and sha256 where the hub tells it."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Listing:
    """All files of one state of a model; ``commit`` names that state for good."""

    commit: str
    files: tuple[HubFile, ...]


class Hub(Protocol):
    """Where models come from."""

    def listing(self, model: str, revision: str) -> Listing:
        """The files of a model.

        :raises EnvironmentLacks: without network, for an unknown model or revision, or one that needs an agreement
        """

    def fetch(self, model: str, commit: str, names: Sequence[str], to: Path | None) -> Path:
        """Fetch files, going on where an earlier call was stopped; the folder they lie in.

        :param to: a folder; None for the hub's own cache
        :raises EnvironmentLacks: as above
        """


def cache_folder() -> Path:
    """The cache of the Hugging Face hub, shared with other programs of this user."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub")


@dataclass(frozen=True)
class HuggingFace:
    """The hub of Hugging Face. ``quiet``: without progress bars on standard error."""

    quiet: bool = False

    def listing(self, model: str, revision: str) -> Listing:
        with _reaching(model):
            from huggingface_hub import HfApi

            info = HfApi().model_info(model, revision=revision or None, files_metadata=True)
            files = tuple(
                HubFile(each.rfilename, int(each.size or 0), str(each.lfs.sha256) if each.lfs else "")
                for each in info.siblings or ()
            )
            return Listing(str(info.sha), files)

    def fetch(self, model: str, commit: str, names: Sequence[str], to: Path | None) -> Path:
        with _reaching(model):
            from huggingface_hub import snapshot_download
            from huggingface_hub.utils import disable_progress_bars

            if self.quiet:
                disable_progress_bars()
            found = snapshot_download(
                model, revision=commit, allow_patterns=list(names), cache_dir=cache_folder(), local_dir=to
            )
            return Path(str(found))


@contextmanager
def _reaching(model: str) -> Iterator[None]:
    """Turn what the hub's package raises into what to do about it."""
    if find_spec(PACKAGE) is None:
        remedy = "install the extra for diffusion: pip install -c constraints.txt -e '.[diffusion]'"
        raise EnvironmentLacks(f"downloading models needs the package {PACKAGE}", remedy)
    from huggingface_hub import errors

    try:
        yield
    except (errors.GatedRepoError, errors.LocalTokenNotFoundError) as error:
        remedy = f"accept its terms on the page of {model}, then log in once with: hf auth login"
        raise EnvironmentLacks(f"{model} is given only to those who accepted its terms", remedy) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise EnvironmentLacks(
            f"the hub has no such model or revision: {model}", "check the name and the revision on the hub's page"
        ) from error
    except (errors.OfflineModeIsEnabled, errors.HTTPError, errors.EntryNotFoundError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        remedy = "check the network (and that HF_HUB_OFFLINE is not set), or copy the model here from another machine"
        raise EnvironmentLacks(f"{model} cannot be downloaded: {reason}", remedy) from error
