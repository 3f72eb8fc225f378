"""What stands in a module is remembered, and what is given is always what stands there now."""

import copy
import gc
import pickle
import weakref
from collections import OrderedDict, defaultdict, namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Value
from autograd_lite.nn import MLP, Module
from autograd_lite.nn.modules.contents import Contents
from autograd_lite.nn.optim import SGD

Pair = namedtuple("Pair", "left right")


class Box(Module):
    """A module with the attributes that it is given."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


class Other(Box):
    pass


def walked(thing, name=""):
    """Modules and leaves, by a plain recursion that remembers nothing."""
    if isinstance(thing, Module) or (isinstance(thing, Value) and thing.is_leaf):
        yield name, thing
    if isinstance(thing, Module):
        for key, member in vars(thing).items():
            if key[0] != "_":
                yield from walked(member, f"{name}.{key}" if name else key)
    elif isinstance(thing, dict):
        for key, member in thing.items():
            yield from walked(member, f"{name}.{key}")
    elif isinstance(thing, (list, tuple)):
        stem = name[:-1] if len(name) > 2 and name[-1] == "s" and name[-2] not in "sua" else name
        for k, member in enumerate(thing):
            yield from walked(member, f"{stem}{'_' if name[-1].isdigit() else ''}{k + 1}")


def once(pairs, kind):
    """The first of each object, as name and id."""
    found = {}
    for name, thing in pairs:
        if isinstance(thing, kind):
            found.setdefault(id(thing), name)
    return [(name, place) for place, name in found.items()]


def check(root):
    """What the module says is what a walk finds."""
    expected = once(walked(root), Value)
    assert once(root.named_modules(), Module) == once(walked(root), Module)
    assert [*map(id, root.modules())] == [place for _, place in once(walked(root), Module)]
    if len({name for name, _ in expected}) < len(expected):
        with pytest.raises(ValueError, match="two parameters"):
            root.parameters()
        return
    assert [(name, id(one)) for name, one in root.named_parameters()] == expected
    assert [id(one) for one in root.parameters()] == [place for _, place in expected]


def made(data, depth=0):
    """Something to stand in a module: nothing in it leads back to where it is put."""
    kind = data.draw(st.integers(0, 12 if depth < 3 else 4), "kind")
    if kind < 2:
        return Value(1.0)
    if kind == 2:
        return Value(2.0) * 3.0
    if kind < 5:
        return [None, 3, "text", 2.5, True][data.draw(st.integers(0, 4))]
    inside = [made(data, depth + 1) for _ in range(data.draw(st.integers(0, 3)))]
    by_name = {f"k{k}": one for k, one in enumerate(inside)}
    if kind < 8:
        return inside
    if kind == 8:
        return tuple(inside)
    if kind == 9:
        return Pair(inside, tuple(inside))
    if kind == 10:
        return [by_name, OrderedDict(by_name), defaultdict(list, by_name)][data.draw(st.integers(0, 2))]
    return Box(**by_name)


def inside(root):
    """Every module, list and dict in a module, itself included."""
    stack, found = [root], []
    while stack:
        thing = stack.pop()
        if isinstance(thing, (Module, list, dict, tuple)):
            found.append(thing)
            stack += (
                vars(thing).values() if isinstance(thing, Module) else thing.values() if isinstance(thing, dict) else thing
            )
    return [thing for thing in found if not isinstance(thing, tuple)]


def edit_list(data, thing, new):
    k = data.draw(st.integers(0, max(0, len(thing) - 1)))
    match data.draw(st.integers(0, 6), "on a list"):
        case 0 | 1 if thing:
            thing[k] = new
        case 2:
            thing.insert(k, new)
        case 3 if thing:
            del thing[k]
        case 4:
            thing.reverse()
        case 5:
            thing[k:] = [new, Value(0.0)]
        case _:
            thing += [new]


def edit_mapping(data, thing, new):
    """Of a dict, or of the attributes of a module."""
    keys = list(thing)
    key = data.draw(st.sampled_from([*keys, "a", "_b", "cs"]))
    match data.draw(st.integers(0, 5), "on a dict"):
        case 0 if keys:
            del thing[keys[-1]]
        case 1 if keys:  # the same things under other names
            thing[key + "x"] = thing.pop(keys[0])
        case 2 if keys:  # another order
            thing[keys[0]] = thing.pop(keys[0])
        case 3 if isinstance(thing, OrderedDict) and keys:
            thing.move_to_end(keys[0])
        case _:
            thing[key] = new


def edit(data, root):
    """Change something somewhere in it."""
    thing = data.draw(st.sampled_from(inside(root)))
    known = [one for _, one in walked(root) if isinstance(one, Value)]
    new = data.draw(st.sampled_from(known)) if known and data.draw(st.booleans()) else made(data, 2)
    if isinstance(thing, list):
        edit_list(data, thing, new)
    elif isinstance(thing, dict):
        edit_mapping(data, thing, new)
    else:
        match data.draw(st.integers(0, 4), "on a module"):
            case 0:
                thing.__dict__ = {**vars(thing), "fresh": new}
            case 1:
                thing.__class__ = Other
            case 2:
                thing.train(not thing.training)
            case _:
                edit_mapping(data, vars(thing), new)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_changed_is_seen(data):
    root = Box(**{f"a{k}": made(data) for k in range(data.draw(st.integers(1, 3)))})
    check(root)
    for _ in range(data.draw(st.integers(1, 8))):
        edit(data, root)
        if data.draw(st.booleans()):
            check(root)
    check(root)
    again = pickle.loads(pickle.dumps(root)) if data.draw(st.booleans()) else copy.deepcopy(root)
    check(again)
    edit(data, again)
    check(again)
    check(root)


@pytest.mark.parametrize("made", [lambda v: ([], [v]), lambda v: ({}, {"k": v}), lambda v: (Box(), Box(k=v))])
def test_what_moves_into_the_container_before_is_called_by_it(made):
    """All that stands in the module is in the same order then."""
    box = Box(**dict(zip(("a0", "a1"), made(Value(1.0)), strict=True)))
    box.parameters()
    contents = [vars(one) if isinstance(one, Box) else one for one in (box.a0, box.a1)]
    if isinstance(contents[0], list):
        contents[0].append(contents[1].pop())
    else:
        contents[0].update(k=contents[1].pop("k"))
    assert [name[:2] for name, _ in box.named_parameters()] == ["a0"]
    check(box)


def test_a_weight_that_is_replaced_in_place():
    model = MLP(2, [3, 1], seed=0)
    before = model.parameters()
    model.layers[0].neurons[0].w[1] = new = Value(1.0)
    assert model.parameters()[1] is new
    assert [one is other for one, other in zip(before, model.parameters(), strict=True)].count(False) == 1
    model([1.0, 2.0]).backward()
    model.zero_grad()
    assert not new.has_grad


def test_nothing_is_walked_through_twice_while_nothing_changes(monkeypatch):
    """Numbers, texts and modes that change are no reason either."""
    model = MLP(2, [3, 1], seed=0)
    model.parameters()
    model.steps, model.note, model.layers[0].last = 0, "", 0.0
    model.eval().parameters()
    walks = []
    search = Contents._search
    monkeypatch.setattr(Contents, "_search", lambda self, *args: (walks.append(1), search(self, *args)))
    for step in range(3):
        model.steps, model.note, model.layers[0].last = step, f"step {step}", 0.5 * step
        model.eval().train()
        model.zero_grad()
        for parameter in model.parameters():
            parameter.data += 1.0
        assert len(dict(model.named_parameters())) == 13
    assert not walks


def test_a_list_that_is_given_is_ones_own():
    model = MLP(2, [1], seed=0)
    model.parameters().clear()
    assert len(model.parameters()) == 3


def test_a_method_of_ones_own_counts():
    class Half(Box):
        def named_parameters(self):
            return zip(("only",), (self.a,), strict=True)

    half = Half(a=Value(1.0), b=Value(2.0))
    assert half.parameters() == [half.a]
    other = Box(a=Value(1.0), b=Value(2.0))
    other.parameters()
    other.named_parameters = lambda: iter([("b", other.b)])
    assert other.parameters() == [other.b]


class Drawer(tuple):
    """Goes through its elements in a way that depends on something else."""

    def __iter__(self):
        return iter([self.chosen])


class Shelf(list):
    __iter__ = Drawer.__iter__


class Cabinet(dict):
    def items(self):
        return [("chosen", self.chosen)]


@pytest.mark.parametrize("kind", [Drawer, Shelf, Cabinet])
def test_containers_with_ways_of_their_own_are_asked_each_time(kind):
    drawer = kind([("chosen", 0.0)])
    box = Box(a=Value(0.0), drawer=drawer)
    for k in range(4):
        drawer.chosen = Value(float(k)) if k % 2 else 0.5
        assert [one.data for one in box.parameters()] == [0.0, float(k)][: 1 + k % 2]


def test_what_is_remembered_keeps_no_module():
    model = MLP(2, [3, 1], seed=0)
    model.parameters()
    gone, leaf = weakref.ref(model), weakref.ref(model.layers[0].neurons[0].w[0])
    del model
    assert gone() is None
    assert leaf() is None
    parent = Box(a=Value(1.0))
    parent.child = Box(b=Value(2.0), _parent=parent)
    parent.parameters()
    gone = weakref.ref(parent)
    del parent
    gc.collect()
    assert gone() is None


def test_another_module_in_the_same_place_of_memory():
    for k in range(200):
        box = Box(a=[Value(float(k))])
        assert [one.data for one in box.parameters()] == [float(k)]


def test_two_parameters_of_one_name_are_no_matter_for_modes():
    box = Box(a1=Value(1.0), a=[Value(2.0)])
    box.eval()
    with pytest.raises(ValueError, match="'a1'"):
        box.zero_grad()
    del box.a1
    assert len(box.parameters()) == 1


def test_optimizers_forget_gradients():
    x = Value(2.0)
    descent = SGD([x], lr=0.1)
    (x * x).backward()
    descent.zero_grad()
    assert not x.has_grad
    descent.zero_grad(set_to_none=False)
    assert x.has_grad
    assert x.grad == 0.0
