"""Whatever bytes arrive: a verdict with a reason, never a crash."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.his_adapter.formats.hl7.checking import judge
from services.his_adapter.formats.hl7.mllp import END, START, STOP, Framer
from services.his_adapter.formats.hl7.translate.families import BY_FAMILY, BY_HAND, EVENTS, PAIRS
from tests.his_adapter.test_translate import KEY, SITE, message

KINDS = sorted({*EVENTS, *PAIRS, *BY_HAND, *(f"{family}^Z99" for family in BY_FAMILY), "VXU^V04"})
TAIL = (
    "MRG|OLD^^^CITY^MR\rSCH|P1|F1|||||||||^^30^20260420090000\rORC|NW|A1||||^^^20260310\rOBR|1|A1|B1|X^Y\r"
    "OBX|1|NM|A||1|||HH|||F\rTXA|1|DS|||||||||D1\rFT1|1|T1||20260309||CG|CT||||1|5&CNY\rAL1|1|DA|PCN\rIN1|1|P|C"
)
SPOILS = st.sampled_from(
    ["|", "^", "~", "\\", "&", "\r", "\n", "", '""', "\x00", "\x0b", "\x1c", "-", "9" * 40, "王", "\\X4\\"]
)
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), SPOILS), max_size=12)


@settings(max_examples=400, deadline=None)
@given(kind=st.sampled_from(KINDS), edits=EDITS, charset=st.sampled_from(["utf-8", "gb18030"]))
def test_a_damaged_message_is_judged(kind: str, edits: list[tuple[float, int, str]], charset: str) -> None:
    text = f"{message(kind)}\r{TAIL}"
    for place, length, spoil in edits:
        at = int(place * len(text))
        text = text[:at] + spoil + text[at + length :]
    for verdict in judge(text.encode(charset, "replace"), SITE, KEY):
        assert bool(verdict.reason) == (verdict.verdict == "refused")


def test_numbers_that_are_only_separators_are_judged() -> None:
    for nothing in ("~" * 300, "^" * 300, "&" * 300, "\\" * 300, " " * 300):
        [verdict] = judge(message("ADT^A01", PID=f"PID|1||{nothing}").encode(), SITE, KEY)
        assert (verdict.verdict, bool(verdict.reason)) == ("refused", True), nothing[0]


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_judged(raw: bytes) -> None:
    for start in (b"", b"MSH|^~\\&|", b"BHS|"):
        for verdict in judge(start + raw, SITE, KEY):
            assert bool(verdict.reason) == (verdict.verdict == "refused")


@settings(max_examples=200, deadline=None)
@given(
    frames=st.lists(st.binary(max_size=60).filter(lambda b: STOP not in b and START not in b), max_size=5),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
    ending=st.sampled_from([END, STOP, END + b"\n"]),
)
def test_frames_are_the_same_however_the_bytes_arrive(frames: list[bytes], cuts: list[int], ending: bytes) -> None:
    stream = b"".join(START + frame + ending for frame in frames)
    framer, frames_found, at, turn = Framer(1 << 20), list[bytes](), 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        frames_found += framer.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert frames_found == frames
    assert not framer.noise


WORDS = st.binary(min_size=1, max_size=40).filter(lambda b: STOP not in b and START not in b and b.strip())


@settings(max_examples=200, deadline=None)
@given(sent=st.lists(st.tuples(WORDS, st.booleans()), max_size=8), cuts=st.lists(st.integers(1, 40), min_size=1))
def test_a_frame_is_whole_or_cut_however_the_bytes_arrive(sent: list[tuple[bytes, bool]], cuts: list[int]) -> None:
    """Some senders give up in the middle and begin anew."""
    stream = b"".join(START + piece + (END if whole else b"") for piece, whole in [*sent, (b"last", True)])
    framer, frames, at, turn = Framer(1 << 20), list[bytes](), 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        frames += framer.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert frames == [*(piece for piece, whole in sent if whole), b"last"]
    assert framer.cut == [piece for piece, whole in sent if not whole]
    assert not framer.noise
