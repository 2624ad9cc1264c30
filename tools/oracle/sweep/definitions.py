"""The elementwise functions by their mathematical definitions, with their first derivatives, in mpmath.

None stands for a kink, a pole where the sign changes, or a point outside the domain: there the reference is PyTorch's.
"""

import math
from fractions import Fraction
from typing import Callable, NamedTuple, Optional

from mpmath import mp, mpf


class Function(NamedTuple):
    value: Callable
    # The derivative by each operand; None where results are not differentiable (booleans).
    slopes: Optional[Callable] = None
    # Whether PyTorch is asked in the dtype itself: the answer depends on it.
    own: bool = False


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def erfc(x):
    # Beyond, nothing is left in any dtype; mpmath takes long there.
    return mp.erfc(min(x, mpf(200))) if x > -200 else mpf(2)


def erf(x):
    return mp.erf(x) if abs(x) < 200 else mp.sign(x)


def phi(x):
    """The normal distribution function."""
    return erfc(-x / mp.sqrt(2)) / 2


def bell(x):
    """The normal density."""
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def power(a, b):
    """a^b, replaced by something as far out where no dtype holds it."""
    if b == 0 or a == 1:
        return mpf(1)
    if a == 0:
        return mpf(0) if b > 0 else None
    whole = b == int(b)
    if a < 0 and not whole:
        return None
    sign = -1 if a < 0 and int(b) % 2 else 1
    exponent = b * mp.log(abs(a))
    return sign * mp.exp(max(mpf(-3000), min(mpf(3000), exponent)))


def power_slopes(a, b):
    if a == 0:
        return [None, None]
    below = power(a, b - 1)
    return [
        mpf(0) if b == 0 else None if below is None else b * below,
        power(a, b) * mp.log(a) if a > 0 else None,
    ]


def fixed_power(b):
    b = mpf(b)

    def slope(a):
        below = power(a, b - 1)
        return [None if below is None else b * below]

    return Function(lambda a: power(a, b), slope)


def exact(x):
    """The number as a fraction: mpmath's are binary."""
    sign, man, exp, _ = x._mpf_
    return (-1 if sign else 1) * Fraction(int(man)) * Fraction(2) ** exp


def quotient(a, b):
    return exact(a) / exact(b)


def whole(n):
    return mpf(int(n))


def fmod(a, b):
    return mpf(math.fmod(float(a), float(b))) if b else None


def remainder(a, b):
    if b == 0:
        return None
    r = fmod(a, b)
    return r + b if r and (r < 0) != (b < 0) else r


def lgamma(x):
    if x > 0:
        return mp.loggamma(x)
    if x == int(x):
        return None
    return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def digamma(x):
    if x > 0:
        return mp.digamma(x)
    if x == int(x):
        return None
    return mp.digamma(1 - x) - mp.pi * mp.cospi(x) / mp.sinpi(x)


def trigamma(x):
    if x > 0:
        return mp.psi(1, x)
    if x == int(x):
        # A pole of even order. (PyTorch has what rounding makes of it.)
        return mp.inf
    return (mp.pi / mp.sinpi(x)) ** 2 - mp.psi(1, 1 - x)


def log(x, base=None):
    if x <= 0:
        return None
    return mp.log(x) if base is None else mp.log(x) / mp.log(base)


def log_slope(base=None):
    scale = (lambda: 1) if base is None else (lambda: mp.log(base))
    return lambda x: [1 / (x * scale()) if x != 0 else None]


def root(x):
    return mp.sqrt(x) if x >= 0 else None


def inside(f, slope):
    """Of [-1, 1]; the slope at the ends is infinite."""
    return Function(
        lambda x: f(x) if abs(x) <= 1 else None,
        lambda x: [slope(mp.sqrt((1 - x) * (1 + x))) if abs(x) < 1 else None],
    )


def mish(x):
    if x > 500:
        return x
    n = mp.exp(x) * (mp.exp(x) + 2)
    return x * n / (n + 2)


def mish_slope(x):
    if x > 500:
        return [mpf(1)]
    e = mp.exp(x)
    n = e * (e + 2)
    return [n / (n + 2) + x * 4 * e * (e + 1) / (n + 2) ** 2]


def gelu_tanh(x):
    return x * sigmoid(gelu_inner(x))


def gelu_inner(x):
    return 2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3)


def gelu_tanh_slope(x):
    u = gelu_inner(x)
    du = 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * mpf("0.044715") * x**2)
    return [sigmoid(u) + x * sigmoid(u) * sigmoid(-u) * du]


ALPHA = "1.6732632423543772848170429916717"
SCALE = "1.0507009873554804934193349852946"


def selu(x):
    return mpf(SCALE) * (x if x > 0 else mpf(ALPHA) * mp.expm1(x))


def selu_slope(x):
    return [None if x == 0 else mpf(SCALE) * (1 if x > 0 else mpf(ALPHA) * mp.exp(x))]


def thresholded(beta):
    beta = mpf(beta)
    return Function(
        lambda x: x if x * beta > 20 else softplus(x * beta) / beta,
        lambda x: [mpf(1) if x * beta > 20 else sigmoid(x * beta)],
    )


def limited(low, high):
    return Function(
        lambda x: max(mpf(low), min(mpf(high), x)),
        lambda x: [None if x in (low, high) else mpf(1 if low < x < high else 0)],
    )


def clamp(x, low, high):
    return min(max(x, low), high)


def clamp_slopes(x, low, high):
    if x in (low, high) or low >= high:
        return [None] * 3
    return [mpf(low < x < high), mpf(x < low), mpf(x > high)]


def elu_slopes(x, alpha):
    if x == 0:
        return [None, None]
    return [mpf(1), mpf(0)] if x > 0 else [alpha * mp.exp(x), mp.expm1(x)]


def leaky_slopes(x, slope):
    if x == 0:
        return [None, None]
    return [mpf(1), mpf(0)] if x > 0 else [slope, x]


def rounded(f):
    return Function(lambda x: whole(f(exact(x))), lambda x: [mpf(0)])


def chosen(condition, yes, no):
    """One of two operands, by whether a third is not zero."""

    def slopes(*args):
        taken = yes if args[condition] != 0 else no
        return [mpf(k == taken) for k in range(3)]

    return Function(lambda *args: args[yes if args[condition] != 0 else no], slopes)


def either(wins):
    def slopes(a, b):
        return [None, None] if a == b else [mpf(wins(a, b) == a), mpf(wins(a, b) == b)]

    return Function(wins, slopes)


# Booleans, which PyTorch decides.
decided = Function(lambda *args: None)

FUNCTIONS = {
    "abs": Function(abs, lambda x: [mp.sign(x) if x else None]),
    "acos": inside(mp.acos, lambda r: -1 / r),
    "acosh": Function(
        lambda x: mp.acosh(x) if x >= 1 else None,
        # As PyTorch has it: the formula's value left of the domain too.
        lambda x: [1 / mp.sqrt((x - 1) * (x + 1)) if abs(x) > 1 else None],
    ),
    "add": Function(lambda a, b: a + b, lambda a, b: [1, 1]),
    "asin": inside(mp.asin, lambda r: 1 / r),
    "asinh": Function(mp.asinh, lambda x: [1 / mp.sqrt(x * x + 1)]),
    "atan": Function(mp.atan, lambda x: [1 / (x * x + 1)]),
    "atan2": Function(
        lambda a, b: mp.atan2(a, b) if a or b else None,
        lambda a, b: [b / (a * a + b * b), -a / (a * a + b * b)],
    ),
    "atanh": Function(
        lambda x: mp.atanh(x) if abs(x) < 1 else None,
        lambda x: [1 / ((1 - x) * (1 + x)) if abs(x) != 1 else None],
    ),
    "ceil": rounded(math.ceil),
    "clamp": Function(clamp, clamp_slopes),
    "clamp -1 1": limited(-1, 1),
    "cos": Function(mp.cos, lambda x: [-mp.sin(x)]),
    "cosh": Function(mp.cosh, lambda x: [mp.sinh(x)]),
    "deg2rad": Function(lambda x: x * mp.pi / 180, lambda x: [mp.pi / 180]),
    "digamma": Function(digamma, lambda x: [trigamma(x)]),
    "div": Function(lambda a, b: a / b, lambda a, b: [1 / b, -a / b**2]),
    "div trunc": Function(lambda a, b: whole(math.trunc(quotient(a, b))), lambda a, b: [0, 0]),
    "elu": Function(lambda x, a: x if x > 0 else a * mp.expm1(x), elu_slopes),
    "elu 1": Function(lambda x: x if x > 0 else mp.expm1(x), lambda x: elu_slopes(x, mpf(1))[:1]),
    "eq": decided,
    "erf": Function(erf, lambda x: [2 / mp.sqrt(mp.pi) * mp.exp(-x * x)]),
    "erfc": Function(erfc, lambda x: [-2 / mp.sqrt(mp.pi) * mp.exp(-x * x)]),
    "exp": Function(mp.exp, lambda x: [mp.exp(x)]),
    "exp2": Function(lambda x: power(mpf(2), x), lambda x: [mp.ln2 * power(mpf(2), x)]),
    "expm1": Function(mp.expm1, lambda x: [mp.exp(x)]),
    "floor": rounded(math.floor),
    "floorDivide": Function(lambda a, b: whole(math.floor(quotient(a, b))), lambda a, b: [0, 0]),
    "fmod": Function(fmod, lambda a, b: [1, -whole(math.trunc(quotient(a, b)))]),
    "frac": Function(lambda x: x - whole(math.trunc(exact(x))), lambda x: [1]),
    "ge": decided,
    "gelu": Function(lambda x: x * phi(x), lambda x: [phi(x) + x * bell(x)]),
    "gelu tanh": Function(gelu_tanh, gelu_tanh_slope),
    "gt": decided,
    "hardswish": Function(
        lambda x: x * max(mpf(0), min(mpf(6), x + 3)) / 6,
        lambda x: [None if abs(x) == 3 else mpf(0) if x < -3 else mpf(1) if x > 3 else (2 * x + 3) / 6],
    ),
    "hardtanh": limited(-1, 1),
    "hypot": Function(
        mp.hypot,
        lambda a, b: [a / mp.hypot(a, b), b / mp.hypot(a, b)] if a or b else None,
    ),
    "isfinite": decided,
    "isinf": decided,
    "isnan": decided,
    "le": decided,
    "leakyRelu": Function(lambda x, s: x if x > 0 else x * s, leaky_slopes),
    "leakyRelu 0.01": Function(
        lambda x: x if x > 0 else x * mpf(0.01), lambda x: leaky_slopes(x, mpf(0.01))[:1]
    ),
    "lerp": Function(lambda a, b, w: a + w * (b - a), lambda a, b, w: [1 - w, w, b - a]),
    "lgamma": Function(lgamma, lambda x: [digamma(x)]),
    "log": Function(log, log_slope()),
    "log10": Function(lambda x: log(x, 10), log_slope(10)),
    "log1p": Function(
        lambda x: mp.log1p(x) if x > -1 else None, lambda x: [1 / (1 + x) if x != -1 else None]
    ),
    "log2": Function(lambda x: log(x, 2), log_slope(2)),
    "logicalAnd": decided,
    "logicalNot": decided,
    "logicalOr": decided,
    "logicalXor": decided,
    "logsigmoid": Function(lambda x: -softplus(-x), lambda x: [sigmoid(-x)]),
    "lt": decided,
    "maskedFill": chosen(1, 2, 0),
    "maximum": either(max),
    "minimum": either(min),
    "mish": Function(mish, mish_slope),
    "mul": Function(lambda a, b: a * b, lambda a, b: [b, a]),
    "nanToNum": Function(lambda x: x, lambda x: [1], own=True),
    "ne": decided,
    "neg": Function(lambda x: -x, lambda x: [-1]),
    "pow": Function(power, power_slopes),
    "pow -1": fixed_power(-1),
    "pow 0.5": fixed_power(0.5),
    "pow 2": fixed_power(2),
    "pow 3": fixed_power(3),
    "rad2deg": Function(lambda x: x * 180 / mp.pi, lambda x: [180 / mp.pi]),
    "reciprocal": Function(lambda x: 1 / x, lambda x: [-1 / x**2]),
    "relu": Function(lambda x: max(x, mpf(0)), lambda x: [mpf(x > 0) if x else None]),
    "relu6": limited(0, 6),
    "remainder": Function(remainder, lambda a, b: [1, -whole(math.floor(quotient(a, b)))]),
    "round": rounded(round),
    "rsqrt": Function(
        lambda x: 1 / root(x) if x > 0 else None, lambda x: [-1 / (2 * x * root(x)) if x > 0 else None]
    ),
    "selu": Function(selu, selu_slope),
    "sigmoid": Function(sigmoid, lambda x: [sigmoid(x) * sigmoid(-x)]),
    "sign": Function(mp.sign, lambda x: [mpf(0)]),
    "silu": Function(lambda x: x * sigmoid(x), lambda x: [sigmoid(x) * (1 + x * sigmoid(-x))]),
    "sin": Function(mp.sin, lambda x: [mp.cos(x)]),
    "sinh": Function(mp.sinh, lambda x: [mp.cosh(x)]),
    "softplus": thresholded(1),
    "softplus beta 2": thresholded(2),
    "softsign": Function(lambda x: x / (1 + abs(x)), lambda x: [1 / (1 + abs(x)) ** 2]),
    "sqrt": Function(root, lambda x: [1 / (2 * root(x)) if x > 0 else None]),
    "square": Function(lambda x: x * x, lambda x: [2 * x]),
    "sub": Function(lambda a, b: a - b, lambda a, b: [1, -1]),
    "tan": Function(mp.tan, lambda x: [1 / mp.cos(x) ** 2]),
    "tanh": Function(mp.tanh, lambda x: [1 / mp.cosh(x) ** 2]),
    "trunc": rounded(math.trunc),
    "where": chosen(0, 1, 2),
}
