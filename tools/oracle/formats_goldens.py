"""Writes packages/io/test/fixtures/formats.json: safetensors, .npy and .npz files, as Python writes them."""

import base64
import io
import json
import pathlib
import struct
import zipfile

import numpy as np
import safetensors.torch
import torch
from numpy.lib import format as npy

OUT = pathlib.Path(__file__).parents[2] / "packages/io/test/fixtures/formats.json"


def b64(data):
    return base64.b64encode(bytes(data)).decode()


def values(array):
    """Elements in row-major order, in one text: integers, or the bits of doubles."""
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype.kind == "f":
        return " ".join(struct.pack(">d", float(v)).hex() for v in flat)
    return " ".join(str(int(v)) for v in flat)


def samples(dtype, shape):
    """An array of this dtype with its extreme values."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    if dtype.kind == "b":
        flat = np.arange(count) % 3 == 1
    elif dtype.kind == "f":
        edge = [0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal]
        flat = np.resize(np.array(edge, dtype), count)
    else:
        info = np.iinfo(dtype)
        flat = np.resize(np.array([info.min, info.max, 0, 1, info.max // 3], dtype), count)
    return flat.astype(dtype).reshape(shape)


def expected(array):
    return {"shape": list(array.shape), "values": values(array)}


# --- safetensors ---
torch_dtypes = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "I16": torch.int16,
    "I8": torch.int8,
    "U16": torch.uint16,
    "U32": torch.uint32,
    "U64": torch.uint64,
    "C64": torch.complex64,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}
ours = ["F64", "F32", "F16", "BF16", "I64", "I32", "U8", "BOOL"]


def torch_sample(name, shape):
    dtype = torch_dtypes[name]
    if name == "BF16":
        return torch.from_numpy(samples("float32", shape)).to(dtype)
    if name.startswith("F8"):
        return torch.ones(shape).to(dtype)
    if name == "C64":
        return torch.ones(shape, dtype=dtype)
    return torch.from_numpy(samples(str(dtype).split(".")[1], shape))


def torch_expected(t):
    if t.dtype == torch.bfloat16:
        t = t.to(torch.float32)
    return expected(t.numpy())


def safetensors_case(tensors, metadata=None):
    return {
        "file": b64(safetensors.torch.save(tensors, metadata)),
        "metadata": metadata,
        # In the order in which they were given.
        "tensors": {
            name: {"dtype": str(t.dtype).split(".")[1], **torch_expected(t)} for name, t in tensors.items()
        },
    }


safe = {
    "every dtype": safetensors_case({f"{i}.{n.lower()}": torch_sample(n, (2, 4)) for i, n in enumerate(ours)}),
    "shapes": safetensors_case(
        {
            "scalar": torch.tensor(2.5),
            "empty": torch.zeros(0),
            "empty rows": torch.zeros(3, 0, 2),
            "deep": torch.arange(6.0).reshape(1, 2, 1, 3, 1),
            "ints": torch.tensor([-1, 2], dtype=torch.int32),
        }
    ),
    "names": safetensors_case(
        {
            "": torch.tensor([1.0]),
            "ü\n\"\\\t\x7f\x01/": torch.tensor([2.0]),
            "\U0001f600": torch.tensor([3.0]),
            "\uffee": torch.tensor([4.0]),
            "10": torch.tensor([5.0]),
            "9": torch.tensor([6.0]),
            "a b": torch.tensor([7.0]),
        }
    ),
    "metadata": safetensors_case({"w": torch.tensor([[1.0, 2.0]])}, {"format": "pt é\n"}),
    # Headers of every length modulo 8.
    **{f"{n} letters": safetensors_case({"w" * n: torch.ones(1)}) for n in range(1, 9)},
    "no tensors": safetensors_case({}),
    "no tensors, metadata": safetensors_case({}, {"a": ""}),
}
wide = {n: safetensors_case({"w": torch_sample(n, (5,))}) for n in ["I16", "I8", "U16", "U32"]}
refused = {
    n: b64(safetensors.torch.save({"w": torch_sample(n, (2,)), "x": torch.ones(1)}))
    for n in ["U64", "C64", "F8_E4M3", "F8_E5M2"]
}

# --- .npy ---


def npy_bytes(array, version=None):
    file = io.BytesIO()
    npy.write_array(file, array, version)
    return file.getvalue()


npy_ours = ["bool", "uint8", "int32", "int64", "float16", "float32", "float64"]
written = []
for dtype in npy_ours:
    for shape in [(2, 3), (7,)]:
        written.append((dtype, samples(dtype, shape)))
for shape in [(), (0,), (3, 0, 2), (1,), (1, 1), (12,), (2, 1, 3, 1, 2), (1,) * 30, (1,) * 60]:
    written.append(("float32", samples("float32", shape)))
# Headers that just fill a multiple of 64 bytes, or are a byte off.
for ones in range(20):
    for size in [1, 10, 100]:
        shape = (0,) + (1,) * ones + (size,)
        text = str({"descr": "|u1", "fortran_order": False, "shape": shape})
        # 10 bytes before the text, ", " in it, 20 spaces of room for a size of one digit, a line feed.
        if (10 + len(text) + 2 + 20 + 1) % 64 in (63, 0, 1):
            written.append(("uint8", np.zeros(shape, np.uint8)))
same = [{"dtype": d, "file": b64(npy_bytes(a)), **expected(a)} for d, a in written]

wider = {"int8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64"}
read = []
for dtype in npy_ours + list(wider):
    base = samples(dtype, (2, 5))
    for order in "<>":
        array = base.astype(np.dtype(dtype).newbyteorder(order))
        for fortran in [False, True]:
            array = np.asfortranarray(array) if fortran else array
            name = f"{dtype} {order} {'F' if fortran else 'C'}"
            case = {"name": name, "dtype": wider.get(dtype, dtype), "file": b64(npy_bytes(array))}
            read.append({**case, **expected(base)})
for version in [(1, 0), (2, 0), (3, 0)]:
    array = samples("float32", (2, 3, 4))
    for name, a in [("C", array), ("F", np.asfortranarray(array))]:
        case = {"name": f"version {version[0]} {name}", "dtype": "float32", "file": b64(npy_bytes(a, version))}
        read.append({**case, **expected(array)})
# As Python 2 and other writers have it.
header = b"{ \"shape\" : (2L,\n3L), 'fortran_order':False,'descr':'f8' }\n"
by_hand = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + np.arange(6.0).tobytes()
assert np.array_equal(np.load(io.BytesIO(by_hand)), np.arange(6.0).reshape(2, 3))
read.append({"name": "by hand", "dtype": "float64", "file": b64(by_hand), **expected(np.arange(6.0).reshape(2, 3))})


def save(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return b64(file.getvalue())


npy_refused = {
    "object": save(np.array([1, "a", None], dtype=object)),
    "complex": save(np.ones(2, np.complex64)),
    "bytes": save(np.array([b"ab"])),
    "string": save(np.array(["ab"])),
    "structured": save(np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])),
    "structured in UTF-8": save(np.zeros(2, dtype=[("ü", "f4"), ("\U0001f600", "i4")])),
    "subarray": save(np.zeros(2, dtype=[("a", "f4", (2,))])),
    "void": save(np.zeros(2, dtype="V3")),
    "date": save(np.array(["2020-01-01"], dtype="datetime64[ns]")),
    "time span": save(np.array([1], dtype="timedelta64[s]")),
    "uint64": save(np.ones(2, np.uint64)),
    "long double": save(np.zeros(2, np.longdouble)),
}

# --- .npz ---


def npz(arrays, savez=np.savez):
    file = io.BytesIO()
    savez(file, **arrays)
    return file.getvalue()


def npz_case(arrays):
    return {
        "file": b64(npz(arrays)),
        "compressed": b64(npz(arrays, np.savez_compressed)),
        "tensors": {n: {"dtype": str(a.dtype), **expected(a)} for n, a in arrays.items()},
    }


zips = {
    "three": npz_case(
        {
            "x": samples("float32", (2, 3)),
            "y": samples("int64", (4,)),
            "mask": samples("bool", (2, 2)),
        }
    ),
    "names": npz_case({"ü/é": np.ones(1), "../up": np.zeros(2), "/root": np.ones(1), "a.npy": np.ones(1), " ": np.ones(1)}),
    "none": npz_case({}),
    "large enough to compress": npz_case({"z": np.zeros((20, 20)), "r": np.arange(200, dtype="int32") % 7}),
}

# The large forms of zip, of which small files have no need: Python's limit lowered.
limit = zipfile.ZIP64_LIMIT
zipfile.ZIP64_LIMIT = 150
large_arrays = {"a": np.arange(3, dtype="float32"), "b": np.arange(100, dtype="float64")}
large = npz_case(large_arrays)
zipfile.ZIP64_LIMIT = limit
assert np.array_equal(np.load(io.BytesIO(base64.b64decode(large["file"])))["b"], large_arrays["b"])


class Pipe(io.RawIOBase):
    """A file in which nobody can go back: sizes stand behind the contents."""

    def __init__(self):
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


pipe = Pipe()
with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.mkdir("folder")
    for name, array in large_arrays.items():
        # With a date of its own, for else it has the time of the day.
        info = zipfile.ZipInfo(f"folder/{name}.npy")
        archive.writestr(info, npy_bytes(array), zipfile.ZIP_DEFLATED)
    archive.comment = b"a comment"
streamed = {"file": b64(pipe.data), "tensors": {f"folder/{n}": {"dtype": str(a.dtype), **expected(a)} for n, a in large_arrays.items()}}

fixture = {
    "safetensors": {"files": safe, "wide": wide, "refused": refused},
    "npy": {"same": same, "read": read, "refused": npy_refused},
    "npz": {"files": zips, "large": large, "streamed": streamed},
}
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps(fixture, indent=1, ensure_ascii=True) + "\n")
