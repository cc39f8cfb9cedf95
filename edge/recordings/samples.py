"""``weights.npz`` of a recording: times and grams as arrays, read with bounds and without executing anything. The place for numpy."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from edge.recordings.fields import RecordingInvalid
from edge.store.counted import counted

MAX_VALUES = 400_000_000  # grams of one recording: a day of 70 plates at 60 Hz, 1.6 GB
MAX_SPAN_NS = 400 * 86_400 * 1_000_000_000  # ns; longer than a year is a wrong clock
MAX_HEADER_BYTES = 65_536  # of an array: far more than a shape and a type need
CHUNK_BYTES = 1_048_576  # unpacked at once
ROWS_AT_ONCE = 65_536  # rows looked at together, so that checking takes no copy of everything

Times = npt.NDArray[np.int64]
Grams = npt.NDArray[np.float32]


def read_samples(file: Path, columns: int) -> tuple[Times, Grams]:
    """``t_ns`` (T,) int64 strictly increasing and ``grams`` (T, ``columns``) float32, all finite. Raises RecordingInvalid."""
    if not file.exists():
        raise RecordingInvalid(file, "", "is missing; a recording has store.json, weights.npz and sessions.json")
    if not file.is_file():
        raise RecordingInvalid(file, "", "is no file; name a recording's folder")
    try:
        with zipfile.ZipFile(file) as archive:
            times: Times = _array(archive, file, "t_ns", np.dtype("<i8"), 1)
            grams: Grams = _array(archive, file, "grams", np.dtype("<f4"), 2)
    except RecordingInvalid:
        raise
    except Exception as error:  # a broken archive breaks zipfile, zlib and numpy in many ways, all of which mean the same here
        raise RecordingInvalid(file, "", f"is no NPZ archive that can be read ({error or type(error).__name__}); write it anew") from error
    if grams.shape != (len(times), columns):
        raise RecordingInvalid(
            file,
            "grams",
            f"has shape {grams.shape}, {len(times)} times and {columns} plates ask for {(len(times), columns)}; one column a plate",
        )
    _check_times(file, times)
    _check_grams(file, grams)
    return times, grams


def write_samples(file: Path, times: Times, grams: Grams) -> None:
    """What ``read_samples`` reads."""
    np.savez_compressed(file, t_ns=np.asarray(times, np.int64), grams=np.asarray(grams, np.float32))


def _array(archive: zipfile.ZipFile, file: Path, key: str, dtype: np.dtype[Any], axes: int) -> npt.NDArray[Any]:
    """One array of the archive. Its size is known and bounded before anything of it is unpacked."""
    try:
        entry = archive.getinfo(f"{key}.npy")
    except KeyError:
        raise RecordingInvalid(file, key, "is missing; the archive holds the arrays t_ns and grams") from None
    if entry.file_size > MAX_VALUES * dtype.itemsize + MAX_HEADER_BYTES:
        raise RecordingInvalid(file, key, f"unpacks to {entry.file_size} bytes, more than can be handled; split the recording")
    with archive.open(entry) as stream:
        shape, fortran, found = _header(stream)
        if found != dtype or len(shape) != axes:
            raise RecordingInvalid(file, key, f"is {found} with shape {shape}; it must be {dtype.name} with {axes} axes")
        count = 1
        for length in shape:
            count *= length
        if count > MAX_VALUES or stream.tell() + count * dtype.itemsize != entry.file_size:
            raise RecordingInvalid(file, key, f"says shape {shape}, which does not fit its {entry.file_size} bytes; write it anew")
        values = np.empty(count, dtype)
        octets, filled = values.view(np.uint8), 0
        while filled < len(octets):
            got = stream.read(CHUNK_BYTES)
            if not got:
                raise EOFError(f"{key} ends early")
            octets[filled : filled + len(got)] = np.frombuffer(got, np.uint8)
            filled += len(got)
    return values.reshape(shape, order="F" if fortran else "C")


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    match np.lib.format.read_magic(stream):
        case (1, 0):
            return np.lib.format.read_array_header_1_0(stream, max_header_size=MAX_HEADER_BYTES)
        case (2, 0):
            return np.lib.format.read_array_header_2_0(stream, max_header_size=MAX_HEADER_BYTES)
        case version:
            raise ValueError(f"NPY format {version} is not read")


def _check_times(file: Path, times: Times) -> None:
    if len(times) < 2:
        raise RecordingInvalid(file, "t_ns", f"has {counted(len(times), 'sample')}; record for a while")
    for start in range(0, len(times) - 1, ROWS_AT_ONCE):
        part = times[start : start + ROWS_AT_ONCE + 1]
        wrong = np.flatnonzero(part[1:] <= part[:-1])
        if len(wrong):
            row = start + int(wrong[0])
            before, after = int(times[row]), int(times[row + 1])
            how = "stands still" if after == before else "goes back"
            raise RecordingInvalid(file, f"t_ns[{row + 1}]", f"time {how}, from {before} to {after} ns; sort the samples and drop doubles")
    if int(times[-1]) - int(times[0]) > MAX_SPAN_NS:
        raise RecordingInvalid(file, "t_ns", f"lasts from {int(times[0])} to {int(times[-1])} ns, more than a year; give nanoseconds")


def _check_grams(file: Path, grams: Grams) -> None:
    for start in range(0, len(grams), ROWS_AT_ONCE):
        wrong = np.argwhere(~np.isfinite(grams[start : start + ROWS_AT_ONCE]))
        if len(wrong):
            row, column = start + int(wrong[0][0]), int(wrong[0][1])
            value = float(grams[row, column])
            raise RecordingInvalid(file, f"grams[{row}, {column}]", f"is {value}, no weight; leave the sample or the plate out")
