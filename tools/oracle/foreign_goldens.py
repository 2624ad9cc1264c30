"""Writes packages/io/test/fixtures/foreign.json: checkpoints with one value that is neither a tensor nor JSON's."""

import argparse
import array
import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import ipaddress
import json
import operator
import pathlib
import pickle
import re
import types
import uuid
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

OUT = Path(__file__).parents[2] / "packages/io/test/fixtures/foreign.json"
warnings.filterwarnings("ignore")
torch.manual_seed(0)


class Color(enum.Enum):
    RED = 1


class Ordered(collections.OrderedDict):
    pass


class Dict(dict):
    pass


class List(list):
    pass


class Set(set):
    pass


class Text(str):
    pass


Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Config:
    lr: float = 0.1


@dataclasses.dataclass(slots=True)
class Slots:
    lr: float = 0.1


class SetState:
    def __getstate__(self):
        return [1, "x"]

    def __setstate__(self, state):
        pass


class NewArguments:
    def __new__(cls, a, b=2):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return (1,), {"b": 3}


class Reduced:
    def __reduce__(self):
        return Reduced, (), {"x": 1}, iter([1, 2]), iter([("k", 5)])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.parent = [self]


def function(x):
    return x


def tensor(dtype, data):
    return {"tensor": data, "dtype": dtype}


config = Config()
config.me = config
half = datetime.timezone(datetime.timedelta(hours=-3.5))
eye = torch.eye(2)
complex64 = torch.tensor([1 + 2j, 3 - 4j])

# Plain data, and what becomes of it in JSON.
PLAIN = {
    "a Namespace": (argparse.Namespace(lr=0.1, layers=[1, 2]), {"lr": 0.1, "layers": [1, 2]}),
    "a SimpleNamespace": (types.SimpleNamespace(a=1), {"a": 1}),
    "a Counter": (collections.Counter("aab"), {"a": 2, "b": 1}),
    "a defaultdict": (collections.defaultdict(list, {"loss": [1.5]}), {"loss": [1.5]}),
    "a deque": (collections.deque([1, 2], maxlen=3), [1, 2]),
    "a PosixPath": (pathlib.PurePosixPath("/runs/1"), "/runs/1"),
    "a relative path": (pathlib.PurePosixPath("a/b"), "a/b"),
    "an empty path": (pathlib.PurePosixPath("."), "."),
    "the root": (pathlib.PurePosixPath("/"), "/"),
    "a WindowsPath": (pathlib.PureWindowsPath("C:\\x\\y"), "C:\\x\\y"),
    **{
        f"a {type(x).__name__}, {x.isoformat()}": (x, x.isoformat())
        for x in (
            datetime.date(1999, 12, 31),
            datetime.time(1, 2, 3, 4),
            datetime.datetime(2024, 1, 2, 3, 4, 5, 678),
            datetime.datetime(2024, 1, 2, tzinfo=half),
            datetime.datetime(24, 1, 2, tzinfo=datetime.timezone.utc),
        )
    },
    **{
        f"a UUID, {x}": (x, str(x))
        for x in (
            uuid.UUID(int=5),
            uuid.UUID("12345678-90ab-4def-8123-456789abcdef"),
            uuid.UUID(int=2**128 - 1),
            # As uuid1() makes them on Linux.
            uuid.UUID("0b7e4a52-9c1d-11ef-8d3c-0242ac120002", is_safe=uuid.SafeUUID.safe),
        )
    },
    "a layout": (torch.sparse_coo, "sparse_coo"),
    "a dtype that is not supported": (torch.float8_e5m2, "float8_e5m2"),
    "a Size": (torch.Size([1, 2]), [1, 2]),
    "keys of NumPy's": ({np.int64(1): "a"}, {"1": "a"}),
    "a key named constructor": ({"constructor": 1}, {"constructor": 1}),
    "half of a surrogate pair": ("a\udc80", "a\udc80"),
    "an untyped storage": (torch.arange(3, dtype=torch.uint8).untyped_storage(), tensor("uint8", [0, 1, 2])),
    "a typed storage": (torch.ones(2).storage(), tensor("float32", [1, 1])),
    "a negative view": (complex64.conj().imag, tensor("float32", [-2, 4])),
    "a negative view of integers": (torch._neg_view(torch.tensor([1, 2], dtype=torch.int8)), tensor("int32", [-1, -2])),
    "a negative view of bytes": (torch._neg_view(torch.arange(3, dtype=torch.uint8)), tensor("uint8", [0, 255, 254])),
    "a strided negative view": (torch._neg_view(torch.arange(6.0).view(2, 3).t()[1:]), tensor("float32", [[-1, -4], [-2, -5]])),
    **{
        f"a scalar of {code}": (np.dtype(code).type(value), value)
        for code, value in {
            "b1": True, "i1": -3, "u1": 200, "i2": -3, "u2": 3, "i4": -3, "u4": 2**32 - 1, "i8": -(2**40), "u8": 3,
            "f2": 1.5, "f4": 0.25, "f8": 0.1,
        }.items()
    },
    "a text of NumPy's": (np.str_("héllo"), "héllo"),
    "an empty text of NumPy's": (np.str_(""), ""),
    # What NumPy itself reads: without the zero at the end.
    "bytes of NumPy's": (np.bytes_(b"h\xe9\0"), {"bytes": list(pickle.loads(pickle.dumps(np.bytes_(b"h\xe9\0"))))}),
    "empty bytes of NumPy's": (np.bytes_(b""), {"bytes": []}),
    **{
        f"an array of {code}": (np.arange(2).astype(code), tensor(dtype, [0, 1]))
        for code, dtype in {
            "i1": "int32", "u1": "uint8", "i2": "int32", ">u2": "int32", "<i4": "int32", ">i4": "int32", "f2": "float16",
            ">f4": "float32", "f8": "float64",
        }.items()
    },
    "an array of bool": (np.array([True, False]), tensor("bool", [True, False])),
    "an array in Fortran's order": (np.asfortranarray(np.arange(6.0).reshape(2, 3)), tensor("float64", [[0, 1, 2], [3, 4, 5]])),
    "an array without dimensions": (np.array(5.0), tensor("float64", 5)),
    "an array without elements": (np.zeros((0, 3)), tensor("float64", [])),
    "an array of texts": (np.array([["a", "bc"], ["", "é"]]), [["a", "bc"], ["", "é"]]),
    "an array of texts in Fortran's order": (np.asfortranarray([["a", "bc"], ["", "é"]]), [["a", "bc"], ["", "é"]]),
    "an array of byte strings": (np.array([b"a", b"bc"]), ["a", "bc"]),
}

# The rest, and a part of what the placeholder prints.
FOREIGN = {
    "an Enum": (Color.RED, "Color(1)"),
    "a subclass of OrderedDict": (Ordered(a=1), "Ordered({'a': 1})"),
    "a subclass of dict": (Dict(a=1), "Dict({'a': 1})"),
    "a subclass of list": (List([1, 2]), "List([1, 2])"),
    "a subclass of set": (Set([1]), "Set([1])"),
    "a subclass of str": (Text("x"), "Text('x')"),
    "a namedtuple": (Pair(1, 2), "Pair(1, 2)"),
    "a dataclass": (Config(), "Config(lr=0.1)"),
    "a dataclass with slots": (Slots(), "{'lr': 0.1}"),
    "an object that holds itself": (config, "me=…"),
    "an object with __setstate__": (SetState(), "SetState([1, 'x'])"),
    "an object with named arguments": (NewArguments(1), "{'b': 3}"),
    "an object with items and entries": (Reduced(), "Reduced([1, 2], {'k': 5}, x=1)"),
    "a module of a class that is not known": (Net(), "Net(training=True"),
    "a list of modules, one of them not supported": (nn.Sequential(nn.Linear(1, 1), nn.Threshold(1, 2)), "Sequential("),
    "a module of complex numbers": (nn.Linear(1, 1, dtype=torch.complex64), "Linear("),
    "an optimizer": (torch.optim.SGD([torch.ones(1)], lr=0.1), "SGD("),
    "a function": (function, "function"),
    "a function of PyTorch's": (nn.functional.relu, "torch.nn.functional.relu"),
    "a class": (Config, "Config"),
    "a built-in function": (len, "len"),
    "a partial function": (operator.itemgetter(1), "itemgetter(1)"),
    "a Decimal": (decimal.Decimal("1.50"), "decimal.Decimal('1.50')"),
    "a Fraction": (fractions.Fraction(1, 3), "fractions.Fraction("),
    "a timedelta": (datetime.timedelta(1, 2, 3), "datetime.timedelta(1, 2, 3)"),
    "a slice": (slice(1, None), "slice(1, None, None)"),
    "a range": (range(3), "range(0, 3, 1)"),
    "a complex number": (1 + 2j, "complex(1, 2)"),
    "an Ellipsis": (..., "Ellipsis"),
    "an address": (ipaddress.ip_address("1.2.3.4"), "IPv4Address("),
    "a pattern": (re.compile("a+"), "re._compile('a+', 32)"),
    "an array of the standard library": (array.array("d", [1, 2]), "array"),
    "an exception": (ValueError("boo"), "ValueError('boo')"),
    "a generator": (torch.Generator(), "Generator("),
    "a sparse tensor": (eye.to_sparse(), "_rebuild_sparse_tensor("),
    "a sparse tensor by rows": (eye.to_sparse_csr(), "_rebuild_sparse_tensor("),
    "a quantized tensor": (torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "_rebuild_qtensor("),
    "a meta tensor": (torch.empty(3, device="meta"), "_rebuild_meta_tensor_no_storage("),
    "a nested tensor": (torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]), "_rebuild_nested_tensor("),
    "a masked array": (np.ma.array([1, 2], mask=[0, 1]), "_mareconstruct("),
    "an array of objects": (np.array([1, "x", None], dtype=object), "[1, 'x', None]"),
    "an array of complex numbers": (np.ones(2, "c8"), "'c8'"),
    "an array of dates": (np.array(["2024-01-01"], "M8[D]"), "'M8'"),
    "an array of uint64": (np.ones(2, "u8"), "'u8'"),
    "a structured array": (np.zeros(2, [("a", "i4")]), "'V4'"),
    "a complex scalar": (np.complex64(1), "'c8'"),
    "a dtype of NumPy's": (np.dtype("f8"), "numpy.dtype('f8'"),
    "a generator of NumPy's": (np.random.default_rng(0), "__generator_ctor("),
    **{
        f"a tensor of {dtype}": (torch.ones(2).to(dtype), f"tensor of {str(dtype)[6:]}, shape [2]")
        for dtype in (
            torch.complex32, torch.complex64, torch.complex128, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2,
            torch.float8_e8m0fnu,
        )
    },
    "a conjugate": (complex64.conj(), "tensor of complex64, shape [2]"),
}


def parts(value, protocol):
    file = io.BytesIO()
    torch.save({"w": torch.tensor([1.0, 2.0]), "x": value, "after": [1]}, file, pickle_protocol=protocol)
    archive = zipfile.ZipFile(file)
    found = {}
    for name in archive.namelist():
        inner = name.split("/", 1)[1]
        if inner == "data.pkl" or inner.startswith("data/"):
            found[inner] = base64.b64encode(archive.read(name)).decode()
    return found


cases = []
for name, (value, expected) in PLAIN.items():
    cases += [{"name": f"{name}, protocol {p}", "entries": parts(value, p), "plain": expected} for p in (2, 4)]
for name, (value, printed) in FOREIGN.items():
    cases += [{"name": f"{name}, protocol {p}", "entries": parts(value, p), "printed": printed} for p in (2, 5)]
OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(len(cases), OUT.stat().st_size)
