"""Digests are remembered by size and time stamp; the book may be lost, never wrong."""

import hashlib
import os

import pytest

from flows.digests import DigestBook

OLD = (1e9, 1e9)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    os.utime(path, OLD)
    return path


def digest(data):
    return hashlib.sha256(data).hexdigest()


def test_a_digest_is_remembered(tmp_path, file):
    book = DigestBook(tmp_path / "store" / "digests.json")
    assert book.known(file) is None
    assert book.digest(file) == book.known(file) == digest(b"content")
    book.save()
    assert DigestBook(tmp_path / "store" / "digests.json").known(file) == digest(b"content")


def test_a_changed_file_is_read_again(tmp_path, file):
    book = DigestBook(tmp_path / "digests.json")
    book.digest(file)
    file.write_bytes(b"CONTENT")  # same size
    assert book.known(file) is None
    assert book.digest(file) == digest(b"CONTENT")


def test_another_file_of_the_same_size_and_time_is_read(tmp_path, file):
    book = DigestBook(tmp_path / "digests.json")
    book.digest(file)
    other = tmp_path / "other"
    other.write_bytes(b"CONTENT")
    os.utime(other, OLD)
    other.replace(file)
    assert book.digest(file) == digest(b"CONTENT")


def test_a_file_that_may_still_be_written_is_not_remembered(tmp_path, file):
    book = DigestBook(tmp_path / "digests.json")
    os.utime(file)
    book.digest(file)
    assert book.known(file) is None


def test_a_missing_file(tmp_path):
    book = DigestBook(tmp_path / "digests.json")
    assert book.known(tmp_path / "none") is None
    with pytest.raises(OSError, match="none"):
        book.digest(tmp_path / "none")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", '"x"', '{"a": 1}', '{"a": [1]}', '{"FILE": []}', '{"FILE": null}', "\xff"]
)
def test_a_garbled_book_is_a_lost_book(tmp_path, file, text):
    path = tmp_path / "digests.json"
    path.write_text(text.replace("FILE", str(file)), encoding="latin-1")
    assert DigestBook(path).known(file) is None
    book = DigestBook(path)
    assert book.digest(file) == digest(b"content")
    book.save()
    assert DigestBook(path).known(file) == digest(b"content")


def test_a_book_that_cannot_be_written_is_left_out(tmp_path, file):
    (tmp_path / "store").write_bytes(b"")
    book = DigestBook(tmp_path / "store" / "digests.json")
    book.digest(file)
    book.save()
