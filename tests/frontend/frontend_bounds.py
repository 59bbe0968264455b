"""A bound on the distance between the integer model and the float one, derived from the scales alone.

For each tensor: |dequantised integer value - float value| <= error[tensor], by propagation through the nodes.
Valid for inputs that the calibration saw: there float values stay inside the declared ranges, up to half a
unit.
"""

import numpy as np

from zkattest.frontend.ops import integer_operator

FLOAT32 = 2.0**-21  # relative slack for the float32 reference's own rounding


def unit(model, name):
    return 2.0 ** -model.tensors[name].scale


def error_bounds(model, trace):
    """Scalar bounds by tensor name; ``trace`` gives the magnitudes that occur."""
    error = {model.inputs[0].name: unit(model, model.inputs[0].name)}

    def real(name):
        q = model.constants[name] if name in model.constants else trace[name]
        return q.astype(float) * unit(model, name)

    def err(name):
        return unit(model, name) / 2 if name in model.constants else error[name]

    def top(name):
        return float(np.abs(real(name)).max()) + err(name)

    for node in model.nodes:
        y = node.outputs[0]
        x = node.inputs[0]
        slack = 0.0
        if node.op in ("gemm", "conv", "scale_shift"):
            w = real(node.inputs[1])
            axes = (0,) if node.op == "gemm" else tuple(range(1, w.ndim))
            taps = int(np.prod([w.shape[a] for a in axes]))
            rows = np.abs(w).sum(axis=axes).max() if axes else np.abs(w).max()
            e = err(x) * rows + taps * err(node.inputs[1]) * top(x)
            slack = FLOAT32 * taps * (top(x) * (rows / taps + err(node.inputs[1]))) * 4
            if len(node.inputs) == 3:
                e += err(node.inputs[2])
                slack += FLOAT32 * top(node.inputs[2])
        elif node.op == "matmul":
            a, b = node.inputs
            terms = model.tensors[a].shape[-1]
            e = terms * (err(a) * top(b) + top(a) * err(b))
            slack = FLOAT32 * terms * top(a) * top(b)
        elif node.op == "mul":
            a, b = node.inputs
            e = err(a) * top(b) + top(a) * err(b)
            slack = FLOAT32 * top(a) * top(b)
        elif node.op in ("add", "sub"):
            e = sum(err(name) for name in node.inputs)
            slack = FLOAT32 * sum(top(name) for name in node.inputs)
        elif node.op == "concat":
            e = max(err(name) for name in node.inputs)
        elif node.op in ("average_pool", "reduce_mean"):
            operator = integer_operator(node.op)
            bits = node.attributes["reciprocal_bits"]
            if node.op == "average_pool":
                counts = operator.counts(node, model.tensors[x].shape[2:])
            else:
                counts = np.array(operator.count(node, model.tensors[x].shape))
            multipliers = np.floor(2.0**bits / counts + 0.5)
            relative = np.abs(multipliers * counts / 2.0**bits - 1).max()
            e = err(x) + top(x) * relative
            slack = FLOAT32 * counts.max() * top(x)
        elif node.op == "sigmoid":
            e = err(x) / 4
        elif node.op == "tanh":
            e = err(x)
        elif node.op == "leaky_relu":
            slope = abs(node.attributes["slope"]) / 2**16
            e = err(x) * max(1.0, slope) + top(x) * 2.0**-17
        elif node.op == "pad":
            e = max(err(x), unit(model, x) / 2)
        elif node.op in ("relu", "clip", "max_pool", "reshape", "transpose", "slice"):
            e = err(x)
        elif node.op == "argmax":
            error[y] = float("inf")
            continue
        else:
            raise AssertionError(f"no error rule for {node.op}")
        slack += FLOAT32 * top_of(trace[y], unit(model, y))
        # half a unit of rounding, half a unit at a saturation bound
        error[y] = e + slack + unit(model, y)
    return error


def top_of(q, size):
    return float(np.abs(q).max()) * size
