"""What people ask and an eye says about products that are enrolled, in any order, with whatever an eye that is not ours may say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st

from edge.session.facts import EnrolmentAsked, Fact
from edge.session.state import StoreState
from tests.unit.visit_story import COLA
from vision.facts import CodeRead, EnrolmentFailed, GalleryChanged, ProductEnrolled, View, ViewsJudged

Make: TypeAlias = Callable[[StoreState, int, int], Fact]

TOKENS = st.sampled_from(("1" * 32, "2" * 32, "x" * 3000))
ENROLLING: st.SearchStrategy[Make] = st.one_of(
    st.builds(
        lambda token, action: lambda state, at, number: EnrolmentAsked(at_ns=at, token=token, action=action, gtin=COLA.gtin, by="anna"),
        TOKENS,
        st.sampled_from(("begin", "begin", "enrol", "end", "forget", "go_back")),
    ),
    st.builds(
        lambda token, count: (
            lambda state, at, number: ViewsJudged(
                at_ns=at, token=token, views=tuple(View(one, used=True) for one in range(1, count)), rivals=(("x" * 3000, 7.0),) * count
            )
        ),
        TOKENS,
        st.integers(1, 40),
    ),
    st.builds(
        lambda token: lambda state, at, number: ProductEnrolled(at_ns=at, token=token, gtin=COLA.gtin, photographs=5, gallery="g" * 3000),
        TOKENS,
    ),
    st.builds(lambda token: lambda state, at, number: GalleryChanged(at_ns=at, token=token, gtin=COLA.gtin, gallery="3"), TOKENS),
    st.builds(lambda token: lambda state, at, number: CodeRead(at_ns=at, token=token, code=COLA.gtin), TOKENS),
    st.builds(lambda token: lambda state, at, number: EnrolmentFailed(at_ns=at, token=token, reason="failed", detail="y" * 3000), TOKENS),
)
