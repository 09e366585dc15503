"""A trained text model and its file: a hash, a JSON header, then plain arrays. Nothing in it is code.

The file is `VIDHUKM1`, the SHA-256 of all that follows, the header's length (32 bits, little-endian), the header, and
the arrays, each at a multiple of 64 bytes. The hash's first 8 hex digits are part of the model's id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.classify.cues import CUES, CueReader, strings_of
from pipeline.classify.features import FEATURES_VERSION, FeatureSpec, TextBuffers, text_buffers
from pipeline.classify.heads import Answers, Head, answered
from pipeline.classify.kernel import MOST_FEATURES, Floats, LinearWeights, Vocabulary, add_cues, scored
from pipeline.domain.errors import UsageError

MAGIC: Final = b"VIDHUKM1"
_ALIGNED = 64
_DIGEST_BYTES = 32
_ARRAYS = {"hashes": "<u8", "idf": "<f4", "weights": "|i1", "scales": "<f4", "bias": "<f4", "cue_weights": "<f4"}


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before the arrays; `report` is what training measured, as JSON."""

    name: str
    version: str
    features_version: int
    spec: FeatureSpec
    word_share: float
    unknown_idf: float
    heads: tuple[Head, ...]
    report: dict[str, Any]
    cues: str | None = None
    """The id of the cues that are weighed beside the features, None where none are."""
    shapes: dict[str, tuple[int, ...]] = {}


class _MadeFor(msgspec.Struct, frozen=True):
    """What is asked of a header first: the rest may be in another form."""

    features_version: int


@dataclass(frozen=True, slots=True)
class TextModel:
    """Answers several questions about texts at once. Pure: the same texts give the same bits in any batch."""

    header: Header
    vocabulary: Vocabulary
    linear: LinearWeights
    cue_weights: Floats
    cues: CueReader | None
    digest: str

    @property
    def id(self) -> str:
        """`name-version+digest`: two answers under one id were given by the same bytes."""
        return f"{self.header.name}-{self.header.version}+{self.digest[:8]}"

    @property
    def heads(self) -> tuple[Head, ...]:
        """The questions, in order."""
        return self.header.heads

    def predict(
        self, texts: Sequence[str | None] | pa.Array | TextBuffers, cues: Floats | None = None
    ) -> dict[str, Answers]:
        """The answers of every head, by its name; an absent text counts as empty, about which nothing is known.

        `cues` are those that the model's reader read of the texts, if it has been asked already.
        """
        scores, known = self.scores(texts, cues)
        return {head.name: answered(head, scores, known) for head in self.heads}

    def scores(
        self, texts: Sequence[str | None] | pa.Array | TextBuffers, cues: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Scores, texts by columns of all heads (padded), and the known share of each text."""
        buffers = texts if isinstance(texts, TextBuffers) else text_buffers(texts)
        scores, known = scored(buffers, self.header.spec, self.vocabulary, self.linear)
        if self.cues is not None:
            if cues is None:
                cues = self.cues.read(texts if isinstance(texts, list) else strings_of(buffers))
            add_cues(scores, cues, self.cue_weights)
        return scores, known

    @classmethod
    def of(
        cls,
        header: Header,
        vocabulary: Vocabulary,
        linear: LinearWeights,
        cue_weights: Floats | None = None,
        cues: CueReader | None = None,
    ) -> TextModel:
        """A model from its parts, with the digest that its file will have; cues and their weights come together."""
        if cue_weights is None:
            cue_weights = np.zeros((0, linear.weights.shape[1]), np.float32)
        whole = cls(header, vocabulary, linear, cue_weights, cues, "")
        shapes = {name: tuple(array.shape) for name, array in _named(whole).items()}
        whole = replace(whole, header=msgspec.structs.replace(header, shapes=shapes))
        return replace(whole, digest=hashlib.sha256(_content(whole)).hexdigest())

    def save(self, path: Path) -> None:
        """Write the model; the same model always gives the same bytes."""
        content = _content(self)
        path.write_bytes(MAGIC + hashlib.sha256(content).digest() + content)

    @classmethod
    def load(cls, path: Path) -> TextModel:
        """Read a model.

        Raises:
            UsageError: there is no such file, it is not a model, it was damaged, or it was made for other features.
        """
        try:
            whole = path.read_bytes()
        except OSError as error:
            raise UsageError(f"the model {path} cannot be read: {error.strerror}") from error
        if not whole.startswith(MAGIC):
            raise UsageError(f"{path} is not a model file; `vidhuk train DATA --out {path.name}` writes one")
        start = len(MAGIC) + _DIGEST_BYTES
        content = memoryview(whole)[start:]
        digest = hashlib.sha256(content).digest()
        if digest != whole[len(MAGIC) : start]:
            raise UsageError(f"the model {path} is damaged: its content does not match its SHA-256; copy it again")
        size = int.from_bytes(content[:4], "little")
        made_for = msgspec.json.decode(content[4 : 4 + size], type=_MadeFor).features_version
        if made_for != FEATURES_VERSION:
            raise UsageError(
                f"the model {path} reads texts by version {made_for} of the features and this program by version "
                f"{FEATURES_VERSION}; train it again"
            )
        header = msgspec.json.decode(content[4 : 4 + size], type=Header)
        arrays = _arrays(header, content, 4 + size)
        if not _fits(header, arrays):
            raise UsageError(f"the model {path} does not hold what its header says; train it again")
        vocabulary = Vocabulary.of(arrays["hashes"], arrays["idf"], header.unknown_idf, header.word_share)
        linear = LinearWeights(arrays["weights"], arrays["scales"], arrays["bias"])
        return cls(header, vocabulary, linear, arrays["cue_weights"], _cue_reader(header, path), digest.hex())


def _named(model: TextModel) -> Mapping[str, npt.NDArray[Any]]:
    linear = model.linear
    return {
        "hashes": model.vocabulary.hashes,
        "idf": model.vocabulary.idf,
        "weights": linear.weights,
        "scales": linear.scales,
        "bias": linear.bias,
        "cue_weights": model.cue_weights,
    }


def _cue_reader(header: Header, path: Path) -> CueReader | None:
    """What reads the cues that the model was trained on.

    Raises:
        UsageError: the lexicons or the cues' definition have changed since.
    """
    if header.cues is None:
        return None
    reader = CueReader.shipped()
    if reader.id != header.cues:
        raise UsageError(
            f"the model {path} weighs phrases by {header.cues} and this program has {reader.id}; train it again"
        )
    return reader


def _content(model: TextModel) -> bytes:
    """All of the file after its digest."""
    arrays = _named(model)
    header = msgspec.json.encode(model.header)
    parts = [len(header).to_bytes(4, "little"), header]
    size = 4 + len(header)
    for name, kind in _ARRAYS.items():
        padding = -size % _ALIGNED
        body = np.ascontiguousarray(arrays[name]).astype(kind, copy=False).tobytes()
        parts += [bytes(padding), body]
        size += padding + len(body)
    return b"".join(parts)


def _fits(header: Header, arrays: Mapping[str, npt.NDArray[Any]]) -> bool:
    """Whether the kernel stays within the arrays: it does not look where they end."""
    rows, width = arrays["weights"].shape
    columns = max(head.first + head.columns for head in header.heads)
    return (
        len(arrays["hashes"]) == len(arrays["idf"]) == len(arrays["scales"]) == rows <= MOST_FEATURES
        and columns <= width == len(arrays["bias"]) == arrays["cue_weights"].shape[1]
        and len(arrays["cue_weights"]) == (0 if header.cues is None else len(CUES))
        and header.spec.words in (1, 2)
        and 1 <= header.spec.run_min <= header.spec.run_max <= 6
    )


def _arrays(header: Header, content: memoryview, at: int) -> dict[str, npt.NDArray[Any]]:
    found: dict[str, npt.NDArray[Any]] = {}
    for name, kind in _ARRAYS.items():
        at += -at % _ALIGNED
        dtype = np.dtype(kind)
        # models made before there were cues hold none
        shape = (0, len(found["bias"])) if name not in header.shapes else header.shapes[name]
        count = int(np.prod(shape))
        # copied, because the file's bytes need not begin where the processor likes them to
        found[name] = np.frombuffer(content, dtype, count, at).reshape(shape).astype(dtype.newbyteorder("="))
        at += count * dtype.itemsize
    return found
