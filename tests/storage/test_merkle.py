"""The tree over the seals: the RFC's known roots, and proofs that prove that and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.storage.bundle.check import consistent, included, leaf_hash
from journey.storage.merkle import Frontier, Tree

LEAVES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
"""The leaves with which implementations of Certificate Transparency are tested."""

ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The root of the first n of them, from n = 0 on."""


def tree_of(count: int) -> Tree:
    """A tree of so many leaves, each its own number."""
    tree = Tree()
    for number in range(count):
        tree.append(b"%d" % number)
    return tree


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_roots_are_the_known_ones(size: int) -> None:
    tree, frontier = Tree(), Frontier()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
        frontier.append(leaf)
    assert tree.root().hex() == frontier.root().hex() == ROOTS[size]
    assert tree.size == frontier.size == size


def test_the_proofs_of_the_rfc_s_own_example() -> None:
    """RFC 9162 §2.1.5: seven leaves; the path of d3 is c, g, l; from six to seven i, j, k."""
    tree = tree_of(7)
    assert tree.inclusion(3) == [leaf_hash(b"2"), tree.root(2), tree._root(4, 7)]
    assert tree.consistency(6) == [tree._root(4, 6), leaf_hash(b"6"), tree.root(4)]
    assert tree.consistency(4) == [tree._root(4, 7)]


@given(st.integers(1, 200), st.data())
def test_every_leaf_can_be_proved_and_no_other(size: int, data: st.DataObject) -> None:
    tree, index = tree_of(size), data.draw(st.integers(0, size - 1))
    leaf, proof = leaf_hash(b"%d" % index), tree.inclusion(index)
    assert included(leaf, index, size, proof, tree.root())
    assert not included(leaf_hash(b"x"), index, size, proof, tree.root())
    assert not included(leaf, index, size, [*proof, leaf], tree.root())
    assert not included(leaf, index, size, proof, leaf_hash(b"x"))
    for other in {data.draw(st.integers(-1, size + 1))} - {index}:
        assert not included(leaf, other, size, proof, tree.root())


@given(st.integers(0, 200), st.integers(0, 200), st.data())
def test_a_tree_is_shown_to_begin_with_an_older_one(
    one: int, other: int, data: st.DataObject
) -> None:
    old, new = sorted((one, other))
    tree = tree_of(new)
    proof = tree.consistency(old)
    assert consistent(old, new, tree.root(old), tree.root(), proof)
    assert not consistent(old, new, leaf_hash(b"x"), tree.root(), proof)
    assert old == 0 or not consistent(old, new, tree.root(old), leaf_hash(b"x"), proof)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:place], leaf_hash(b"x"), *proof[place + 1 :]]
        assert not consistent(old, new, tree.root(old), tree.root(), changed)
        assert not consistent(old, new, tree.root(old), tree.root(), proof[1:])


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_frontier_and_the_tree_agree_at_every_size(size: int, more: int) -> None:
    tree, frontier = tree_of(size + more), Frontier()
    for number in range(size):
        frontier.append(b"%d" % number)
    assert frontier.root() == tree.root(size)
