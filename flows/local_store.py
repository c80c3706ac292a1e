"""The store on a local disk, shared by any number of processes of one machine.

parts/ab/abcd.../            manifest.json, written last, and the files it lists
tmp/<name>.<random>/         work in progress; the lock file beside it dies with its process
leases/<name>.lock           kernel locks: one maker for each recipe
journal/<name>.jsonl         synced logs of paid jobs
aside/                       damaged or replaced parts, kept for a look until ``cutaway gc``
uses/<name>                  which parts use something that an engine keeps (flows/kept.py)
pace/<engine>.json           measured seconds of work
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import JsonValue, ValidationError

from edl.errors import Broken, Cancelled, StoreTrouble
from edl.recipe import Recipe
from engines.contract import Made, Pace
from flows.digests import digest_file
from flows.store import Damaged, FileRecord, Part, Work

MANIFEST = "manifest.json"
DAMAGED, REPLACED = "damaged", "replaced"  # why a part was moved aside
LOCK_TICK = 0.25  # seconds
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
OBSTACLE = frozenset({errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY})  # something else stands in the way
FORBIDDEN = OBSTACLE | {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EIO, errno.ESTALE}
REMEMBERED = 0.3  # weight of the newest measurement in the pace


@contextmanager
def trouble(folder: Path) -> Iterator[None]:
    """Tell the user's disk problems apart from defects.

    :raises StoreTrouble: for a full disk, a read-only or forbidden folder
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            remedy = "free some space (cutaway gc helps), then run again"
            raise StoreTrouble(f"the disk of {folder} is full", remedy) from error
        if error.errno in FORBIDDEN:
            remedy = "make it writable, then run again"
            raise StoreTrouble(f"{folder} cannot be written: {error.strerror}", remedy) from error
        raise


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, text: str) -> None:
    """Replace a small file whole, so that a reader sees the old or the new text and nothing between."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def wait_for(lock: FileLock, cancelled: Callable[[], bool]) -> None:
    """Take a kernel lock, however long its holder lives.

    :raises Cancelled: when the run is to stop while waiting
    """
    while True:
        try:
            lock.acquire(timeout=LOCK_TICK, poll_interval=LOCK_TICK / 5)
            return
        except Timeout:
            if cancelled():
                raise Cancelled("stopped while waiting for another run") from None


class FileJournal:
    """One line of JSON an entry, synced before ``write`` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> list[dict[str, JsonValue]]:
        if not self._path.exists():
            return []
        found: list[dict[str, JsonValue]] = []
        for line in self._path.read_bytes().split(b"\n"):
            with suppress(ValueError):  # torn by a kill, or by a power cut
                entry = json.loads(line)
                if isinstance(entry, dict):
                    found.append(entry)
        return found

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        with trouble(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            torn = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
            with self._path.open("a", encoding="utf-8") as file:
                file.write(("\n" if torn else "") + json.dumps(dict(entry)) + "\n")
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self._path.parent)


class LocalStore:
    """See the module's text. Creating one writes nothing; the folder appears with the first part."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: set[tuple[str, str]] = set()

    def find(self, name: str) -> Part | None:
        part = self._read(name)
        if part is None:
            return None
        folder = str(self._folder(name))
        return part if all(_fresh(f"{folder}/{file}", record) for file, record in part.files.items()) else None

    def stamp(self, name: str) -> int | None:
        """Tells one state of a part from another without a look at its files; None where it is not there."""
        try:
            return os.stat(f"{self._folder(name)}/{MANIFEST}").st_mtime_ns
        except OSError:
            return None

    def fetch(self, part: Part, file: str) -> Path:
        path = self._folder(part.name) / file
        record = part.files.get(file)
        if record is None:
            raise Broken(f"part {part.name[:12]} has no file {file}")
        if (part.name, file) not in self._verified:
            if not path.is_file() or path.stat().st_size != record.size or digest_file(path) != record.digest:
                self._move_aside(part.name, DAMAGED)
                raise Damaged(part.name)
            self._verified.add((part.name, file))
        return path

    def publish(self, recipe: Recipe, folder: Path, made: Made, work: Work, anew: bool = False) -> Part:
        name = recipe.name
        if not (folder / made.media).is_file():
            raise Broken(f"{recipe.engine} said it made {made.media}, but there is no such file")
        if not anew and (other := self.find(name)) is not None:
            return other
        with trouble(self.root):
            part = Part(
                name=name,
                recipe=recipe.document(),
                media=made.media,
                files={path.name: _record(path) for path in sorted(folder.iterdir())},
                facts={**made.facts, **work.facts},
                ran=made.ran,
                seconds=round(work.seconds, 3),
                cost=work.cost,
                paid=work.paid,
                made=datetime.now(UTC).isoformat(timespec="microseconds"),
            )
            home = self._folder(name)
            home.parent.mkdir(parents=True, exist_ok=True)
            if home.exists():
                self._move_aside(name, REPLACED if anew else DAMAGED)
            sync_folder(folder)
            folder.rename(home)
            write_durably(home / MANIFEST, part.model_dump_json(indent=1))
            sync_folder(home.parent)
            if anew and self.journal_file(name, anew).exists():
                self.journal_file(name, anew).replace(self.journal_file(name))
            for key in work.paces or (recipe.engine,):
                self._keep_pace(key, work)
        self._verified.update((name, file) for file in part.files)
        return part

    @contextmanager
    def lease(self, name: str, cancelled: Callable[[], bool] = lambda: False) -> Iterator[None]:
        with trouble(self.root):
            (self.root / "leases").mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / "leases" / f"{name}.lock")
            wait_for(lock, cancelled)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def workspace(self, name: str) -> Iterator[Path]:
        with trouble(self.root):
            base = self.root / "tmp" / f"{name[:16]}.{uuid.uuid4().hex[:8]}"
            base.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{base}.lock")
            lock.acquire()
            folder = Path(f"{base}.work")
            folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    def sweep(self) -> None:
        """Remove the work in progress of processes that are gone."""
        for lock_file in (self.root / "tmp").glob("*.lock"):
            lock = FileLock(lock_file)
            with suppress(Timeout, OSError):
                lock.acquire(timeout=0)
                shutil.rmtree(lock_file.with_suffix(".work"), ignore_errors=True)
                lock_file.unlink(missing_ok=True)
                lock.release()
        for folder in (self.root / "tmp").glob("*.work"):
            if not folder.with_suffix(".lock").exists():
                shutil.rmtree(folder, ignore_errors=True)

    def journal_file(self, name: str, anew: bool = False) -> Path:
        """Where a recipe's journal lies; what is made anew has one of its own until it is published."""
        return self.root / "journal" / f"{name}{'.anew' if anew else ''}.jsonl"

    def journal(self, name: str) -> FileJournal:
        return FileJournal(self.journal_file(name))

    def discard(self, name: str) -> None:
        with trouble(self.root):
            if self._folder(name).exists():
                self._move_aside(name, REPLACED)

    def lost(self, name: str) -> bool:
        """Whether a paid part is damaged and no journal knows its job: only buying it again would bring it back."""
        if self.journal_file(name).exists() or self.find(name) is not None:
            return False
        aside = (self.root / "aside").glob(f"{name}.{DAMAGED}.*")
        return any((part := self._manifest(folder)) and part.paid for folder in (self._folder(name), *aside))

    def pace(self, engine: str) -> Pace | None:
        try:
            kept = json.loads(self._pace_file(engine).read_text(encoding="utf-8"))
            return Pace(float(kept["seconds"]), int(kept["samples"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def parts(self) -> Iterator[Part]:
        for manifest in sorted((self.root / "parts").glob(f"*/*/{MANIFEST}")):
            part = self._read(manifest.parent.name)
            if part is not None:
                yield part

    def aside(self) -> list[str]:
        """Names of the parts that were moved aside."""
        return [folder.name.split(".")[0] for folder in (self.root / "aside").glob("*")]

    def clear_aside(self, named: frozenset[str] = frozenset()) -> None:
        """Delete what was moved aside, but no paid part unless it is named (six or more digits of its name)."""
        for folder in (self.root / "aside").glob("*"):
            part = self._manifest(folder)
            asked = any(len(name) >= 6 and folder.name.startswith(name) for name in named)
            if folder.is_dir() and (asked or not (part and part.paid)):
                shutil.rmtree(folder, ignore_errors=True)

    def size_of(self, part: Part) -> int:
        """Bytes that a part takes."""
        return sum(record.size for record in part.files.values())

    def remove(self, name: str) -> None:
        """Delete a part for good: the manifest first, so that it is never half there."""
        with trouble(self.root):
            (self._folder(name) / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(self._folder(name), ignore_errors=True)

    def verify(self, part: Part) -> bool:
        """Whether every file of a part still has its digest."""
        folder = self._folder(part.name)
        return all(
            (folder / file).is_file() and digest_file(folder / file) == record.digest
            for file, record in part.files.items()
        )

    def _folder(self, name: str) -> Path:
        return self.root / f"parts/{name[:2]}/{name}"

    def _pace_file(self, engine: str) -> Path:
        return self.root / "pace" / f"{engine.replace('/', '.')}.json"

    def _read(self, name: str) -> Part | None:
        part = self._manifest(self._folder(name))
        return part if part and part.name == name else None

    def _manifest(self, folder: Path) -> Part | None:
        try:
            return Part.model_validate_json((folder / MANIFEST).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValidationError, ValueError):
            return None
        except PermissionError as error:
            raise StoreTrouble(f"{self.root} cannot be read: {error.strerror}") from error

    def _move_aside(self, name: str, why: str) -> None:
        aside = self.root / "aside"
        aside.mkdir(parents=True, exist_ok=True)
        self._verified = {key for key in tuple(self._verified) if key[0] != name}  # others add to it
        with suppress(FileNotFoundError):
            self._folder(name).rename(aside / f"{name}.{why}.{uuid.uuid4().hex[:8]}")

    def _keep_pace(self, engine: str, work: Work) -> None:
        if work.units <= 0 or work.seconds <= 0:
            return
        path = self._pace_file(engine)
        path.parent.mkdir(parents=True, exist_ok=True)
        newest, before = work.seconds / work.units, self.pace(engine)
        seconds = newest if before is None else before.seconds * (1 - REMEMBERED) + newest * REMEMBERED
        kept = {"seconds": seconds, "samples": (before.samples if before else 0) + 1, "at": time.time()}
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(path)


def _fresh(path: str, record: FileRecord) -> bool:
    """Whether a file is still what was published, by size and time stamp; by digest where the stamp was lost."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    if found.st_size != record.size:
        return False
    if found.st_mtime_ns == record.mtime_ns:
        return True
    if digest_file(Path(path)) != record.digest:
        return False
    with suppress(OSError):  # a copied store: right, but its stamps were lost; the next look is quick again
        os.utime(path, ns=(record.mtime_ns, record.mtime_ns))
    return True


def _record(path: Path) -> FileRecord:
    """Sync one finished file and write down what it is."""
    if not path.is_file() or path.is_symlink():
        raise Broken(f"{path.name} is not a plain file")
    with path.open("rb") as file:
        os.fsync(file.fileno())
    found = path.stat()
    return FileRecord(digest=digest_file(path), size=found.st_size, mtime_ns=found.st_mtime_ns)
