"""Cases of codecs/rbe.md, sign.md, rabitq.md, and of the transforms that go with them: linear, center, mlp."""

import math

from cases import INTEGER_EXAMPLE, WEIGHTS, case, direct_case, few_lookups, gather, lookups, missing_lookups, numbers, \
    odd_weights, parameter, pool, pools, table
from cases_affine import affine_lookups, axes


# Parameters

def matrix(rows, dim, seed, size=1.0):
    return parameter("f32", dim, [x * size for row in numbers(rows, dim, seed) for x in row])


def linear(needed, dim, seed):
    return {"linear.matrix": matrix(needed, dim, seed, 0.5), "linear.constant": matrix(1, dim, seed + 1)}


def center(dim, seed):
    return {"center.constant": matrix(1, dim, seed, 0.5)}


def network(widths, seed, size=1.0):
    given = {}
    for layer, (before, after) in enumerate(zip(widths, widths[1:])):
        given["mlp.weights%d" % layer] = matrix(before, after, seed + 2 * layer, size)
        given["mlp.bias%d" % layer] = matrix(1, after, seed + 2 * layer + 1, size)
    return given


def values(rows, dim, bits, seed):
    """Rows of values of codes of some bits."""
    steps = [[math.floor((x + 1) * 2 ** (bits - 1)) for x in row] for row in numbers(rows, dim, seed)]
    return [[(2 * k + 1 - 2**bits) / 2 ** (bits - 1) for k in row] for row in steps]


# Row codecs

def codec_cases():
    examples = {"rbe-bits1": "rbe(bits=1)", "rbe-bits2": "rbe(bits=2)", "rbe-bits3": "rbe(bits=3)",
                "rbe-bits4-f32": "rbe(bits=4, scale=f32)", "rbe-bits2-none": "rbe(bits=2, scale=none)", "sign": "sign",
                "rabitq-bits1": "rabitq(bits=1)", "rabitq-bits4": "rabitq(bits=4)"}
    made = {name: direct_case("the example of codecs/%s.md" % name.split("-")[0], expression, INTEGER_EXAMPLE)
            for name, expression in examples.items()}
    for name in ("rbe-bits2", "rbe-bits2-none", "sign", "rabitq-bits4"):
        made[name]["lookups"] += odd_weights([1, 0])
    return {**made, "rbe-more": more("rbe"), "rabitq-more": more("rabitq"), "sign-more": more_signs(),
            "rbe-edges": edges("rbe"), "rabitq-edges": edges("rabitq"), "rbe-trained": trained(),
            "binary-composed": composed(),
            "rbe-lz4": case("compressed blocks of rows of 5 bytes", [table("rbe(bits=2)", numbers(30, 11, 80))],
                            [gather(list(range(30))), *few_lookups([0, 29, 7, 8], 11)], encoding="lz4", blockBytes=40)}


def more(codec):
    """Every number of bits, odd dims, every type of scale."""
    dims = {1: 9, 2: 7, 3: 11, 4: 17, 5: 13, 6: 6, 7: 9, 8: 5}
    scales = ["f16", "f32"] + (["none"] if codec == "rbe" else [])
    tables = []
    for bits, dim in dims.items():
        for scale in scales[:2 if bits == 1 else 3]:
            spelled = "%s(bits=%d%s)" % (codec, bits, "" if scale == "f16" else ", scale=" + scale)
            tables.append(table(spelled, numbers(5, dim, 81), spelled))
    tables.append(table(codec + "(bits=3)", numbers(3, 1, 82), "single"))
    made = []
    for one in tables:
        ids, dim, name = list(range(len(one["source"]["values"]))), one["dim"], one["name"]
        made += [gather(ids, name), *few_lookups(ids, dim, name)[1:]]
    return case("every number of bits and type of scale, and dims that fill no bytes", tables, made)


def more_signs():
    tables = [table("sign", numbers(5, dim, 83), "dim %d" % dim) for dim in (1, 8, 9, 63, 65)]
    tables.append(table("sign", [[0.0, -0.0, 1e-45, -1e-45, 3e38, -3e38]], "edges"))
    made = [look for one in tables[:-1] for look in few_lookups([0, 1, 2, 3, 4], one["dim"], one["name"])]
    return case("dims around those that fill bytes; zeros of both signs", tables, [*made, gather([0], "edges")])


def edges(codec):
    """Rows whose factors are at an edge: zeros, tiny and large numbers, one number of many, equal ones, ties."""
    rows = [[0] * 5, [-0.0] * 5, [1e-4, -2e-4, 3e-4, 1.5e-4, -1e-4], [3e4, -2e4, 1e4, 0, -3e4], [0, 0, -7, 0, 0],
            [0.25, -0.25, 0.25, -0.25, 0.25], [1, 0.5, -0.5, -1, 0.75], [1e-3, 1, -1e-3, 1e-6, -1], [1, 2, 4, 8, 16],
            [-0.0, 1, 0.0, -1, 1]]
    wide = [*rows, [1e30, -2e30, 3e29, 0, 1e-3], [2e-30, 1e-30, -1e-30, 0, 1e-38]]
    bits = (1, 2, 4, 7)
    tables = [table("%s(bits=%d)" % (codec, b), rows, "f16 %d" % b) for b in bits]
    tables += [table("%s(bits=%d, scale=f32)" % (codec, b), wide, "f32 %d" % b) for b in bits]
    made = []
    for one in tables:
        ids = list(range(len(one["source"]["values"])))
        made += [gather(ids, one["name"]), pool("sum", ids, [0, 2, 4, len(ids)], None, one["name"])]
    return case("rows of zeros, of tiny, large, equal and few numbers", tables, made)


def trained():
    """Values of codes, which come back as they are, and numbers between and beyond them."""
    tables = [table("rbe(bits=%d, scale=none)" % bits, values(4, 6, bits, 84), "bits %d" % bits) for bits in (2, 3, 8)]
    odd = [[0.0, -0.0, 1, -1, 2, -2], [0.5, -0.5, 1.5, -1.5, 100, -100], [0.25, 0.999, 1.001, -0.999, -1.001, 1e-40]]
    tables.append(table("rbe(bits=2, scale=none)", odd, "between"))
    tables.append(table("rbe(bits=4, scale=none)", odd, "finer"))
    return case("trained codes without scales; the larger of equally near codes, and the outermost",
                tables, [gather([0, 1, 2], one["name"]) for one in tables] + lookups([0, 1, 2, 3], 6, "bits 3"))


def composed():
    tables = [
        table("keyed(string) | rotation | rabitq(bits=2)", numbers(4, 10, 85), "keyed", keys=["a", "b", "c", "d"],
              missing="default", defaultRow=2),
        table("hashed(rows=13, probes=2, combine=concat) | rbe(bits=3)", numbers(13, 5, 86), "concat", 10, stored=True),
        table("hashed(rows=13, probes=3, combine=mean) | rotation | sign", numbers(13, 9, 87), "mean", stored=True),
        table("center | rotation | rabitq(bits=1)", numbers(4, 12, 88), "centred", parameters=center(12, 89)),
    ]
    made = [*lookups(["a", "c", "d"], 10, "keyed"), *missing_lookups(["a", "d"], ["x", ""], "keyed", default=True),
            *lookups([5, -5, 2**40], 10, "concat"), *lookups([5, -5, 2**40], 9, "mean"),
            *odd_weights([5, -5, 2**40], "mean"), *affine_lookups([0, 1, 2, 3], 12, "centred")]
    return case("signs behind keys, several probes and rotations", tables, made)


# Transforms

def transform_cases():
    return {"center": centers(), "linear": linears(), "linear-inside": inside(), "mlp": example_network(),
            "mlp-more": networks(), "mlp-edges": network_edges()}


def centers():
    inf, nan = math.inf, math.nan
    rough = {"center.constant": parameter("f32", 3, [0.1, -0.0, 16777216.0])}
    odd = {"center.constant": parameter("f32", 3, [inf, nan, -0.0])}
    tables = [table("center | int8", numbers(4, 5, 90), "codes", parameters=center(5, 91)),
              table("center | f32", [[0.1, 0.0, 16777217.0], [1e-9, -0.0, 3.0], [0.3, 1.0, -1.0]], "rounding",
                    parameters=rough),
              table("center | f32", [[0.0, 1.0, -0.0], [-inf, 2.0, 0.0]], "not finite", stored=True, parameters=odd),
              table("pca | center | rotation | f16", numbers(4, 6, 92), "between",
                    parameters={**axes("pca", 6, 6, 93), **center(6, 94)})]
    ids = [0, 1, 2, 3]
    made = [gather(ids, "codes"), *affine_lookups(ids, 5, "codes"), *missing_lookups([0, 3], [4], "codes"),
            *lookups([0, 1, 2], 3, "rounding"), gather([0, 1], "not finite"), *affine_lookups(ids, 6, "between"),
            *pools([0, 1, -1, -1], [0, 1, 2, 3, 4], [1, -1, 1, 0], table="not finite", missing="zero")]
    return case("a mean taken off: two roundings, and constants that are counted", tables, made)


def linears():
    tables = [
        table("linear(dim=8) | sign", values(5, 8, 1, 95), "signs", 5, stored=True, parameters=linear(8, 5, 96)),
        table("linear | rbe(bits=2, scale=none)", values(5, 6, 2, 97), "values", 6, stored=True,
              parameters=linear(6, 6, 98)),
        table("linear(dim=4) | rbe(bits=3)", numbers(5, 4, 99), "same", stored=True, parameters=linear(4, 4, 100)),
        table("linear(dim=3) | int8", numbers(5, 3, 101), "wider", 7, stored=True, parameters=linear(3, 7, 102)),
        table("linear | f16", numbers(5, 4, 103), "embeddings", stored=True, parameters=linear(4, 4, 104)),
        table("keyed | center | linear(dim=6) | rabitq(bits=2)", numbers(3, 6, 105), "keyed", 4, stored=True,
              keys=[3, 1, 2], parameters={**center(4, 106), **linear(6, 4, 107)}),
        table("hashed(rows=9, probes=2, combine=concat) | linear(dim=10) | sign", values(9, 5, 1, 108), "concat", 3,
              stored=True, parameters=linear(10, 3, 109)),
    ]
    made = []
    for one in tables[:2]:
        made += affine_lookups([0, 1, 2, 4], one["dim"], one["name"])
    for one in tables[2:5]:
        made += [gather([0, 1, 2, 3, 4], one["name"]), *few_lookups([0, 1, 2, 3, 4], one["dim"], one["name"])]
    made += [*lookups([1, 2, 3], 4, "keyed"), *lookups([7, -7, 42], 3, "concat")]
    return case("a matrix behind which are signs, values, scales or bytes; dim written though it is the default",
                tables, made)


def inside():
    """Transforms that make what another needs, and not dim numbers."""
    tables = [
        table("lowrank(3) | linear | f32", numbers(3, 3, 130), "linear", 5, stored=True,
              parameters={**axes("lowrank", 3, 5, 131), **linear(3, 3, 132)}),
        table("lowrank(4) | pca | rotation | int8", numbers(3, 6, 133), "pca",
              parameters={**axes("lowrank", 4, 6, 134), **axes("pca", 4, 4, 135)}),
        table("linear(dim=4) | mlp(hidden=2) | f16", numbers(3, 4, 136), "mlp", 3, stored=True,
              parameters={**linear(4, 3, 137), **network([4, 2, 4], 138)}),
        table("lowrank(3) | center | rbe(bits=4)", numbers(3, 7, 139), "center",
              parameters={**axes("lowrank", 3, 7, 140), **center(3, 141)}),
    ]
    return case("inside another transform, as many numbers as it needs are meant, not dim", tables,
                [look for one in tables for look in (gather([0, 1, 2], one["name"]),
                                                     *few_lookups([0, 1, 2], one["dim"], one["name"]))])


def network_lookups(ids, dim, name):
    """Bags of finished embeddings, and zero rows."""
    mixed = [ids[0], -7, ids[1], -7, ids[0], ids[1], -9]
    return [gather([*ids, *ids], name), *lookups(ids, dim, name),
            *pools(mixed, [0, 2, 4, 4, 6, 7], WEIGHTS, table=name, missing="zero"),
            pool("mean", ids[:2], [0, 2], [1, -1], name)]


def example_network():
    """The network of transforms/mlp.md."""
    given = {"mlp.weights0": parameter("f32", 2, [1, -1]), "mlp.bias0": parameter("f32", 2, [0, 0.5]),
             "mlp.weights1": parameter("f32", 1, [2, 3]), "mlp.bias1": parameter("f32", 1, [0.25])}
    return case("the example of transforms/mlp.md",
                [table("mlp(hidden=2) | f32", [[0.25], [-1]], stored=True, parameters=given)],
                network_lookups([0, 1], 1, "t") + odd_weights([0, 1]))


def networks():
    shapes = {"mlp(hidden=5, unit) | rbe(bits=2, scale=none)": [4, 5, 4],
              "mlp(hidden=6x1x3, dim=3) | int8": [3, 6, 1, 3, 5],
              "mlp(hidden=4, dim=5, activation=mish) | f16": [5, 4, 5],
              "mlp(hidden=7x3, dim=6, activation=mish, unit) | sign": [6, 7, 3, 17],
              "center | mlp(hidden=3, dim=5) | rotation | f32": [5, 3, 4],
              "hashed(rows=9, probes=2) | mlp(hidden=4) | bf16": [3, 4, 3]}
    tables = []
    for number, (expression, widths) in enumerate(shapes.items()):
        given = network(widths, 110 + 10 * number)
        if expression.startswith("center"):
            given |= center(widths[-1], 190)
        count = 9 if "hashed" in expression else 4
        rows = values(count, widths[0], 2, 191) if "none" in expression else numbers(count, widths[0], 191)
        tables.append(table(expression, rows, expression, widths[-1], stored=True, parameters=given))
    made = []
    for one in tables[:5]:
        made += network_lookups([0, 1, 3], one["dim"], one["name"])
    made += [*lookups([3, -3, 5], 3, tables[5]["name"]), *odd_weights([3, -3, 5], tables[5]["name"])]
    return case("networks of one to three hidden layers, both activations, output of length 1, beside other transforms",
                tables, made)


def network_edges():
    """Activations at their edges, as outputs; embeddings of length 0 and of no length."""
    inf, nan = math.inf, math.nan
    inputs = [0.0, -0.0, 20, 20.000002, 19.999998, -80, -80.00001, -1e30, 3e38, inf, -inf, nan, 1e-40, -1e-40, -103.97,
              0.34657359, 88.7, -0.34657359, 5.5, -17.3, -1.1924, 1e-6]
    one = {"mlp.weights0": parameter("f32", 1, [1]), "mlp.bias0": parameter("f32", 1, [-0.0]),
           "mlp.weights1": parameter("f32", 1, [1]), "mlp.bias1": parameter("f32", 1, [-0.0])}
    two = {"mlp.weights0": parameter("f32", 1, [1]), "mlp.bias0": parameter("f32", 1, [0]),
           "mlp.weights1": parameter("f32", 2, [1, 2]), "mlp.bias1": parameter("f32", 2, [0, 0])}
    tables = [table("mlp(hidden=1) | f32", [[x] for x in inputs], "relu", stored=True, parameters=one),
              table("mlp(hidden=1, activation=mish) | f32", [[x] for x in inputs], "mish", stored=True, parameters=one),
              table("mlp(hidden=1, dim=1, unit) | f32", [[x] for x in (0, -3, 1e-30, 1e30, inf, nan, 3, 1e-22)], "unit",
                    2, stored=True, parameters=two)]
    finer = [[x / 8 + x * x / 977] for x in range(-180, 181, 5)]
    tables.append(table("mlp(hidden=1, activation=mish) | f32", finer, "grid", stored=True, parameters=one))
    return case("activations of edge numbers; embeddings of length 0, and too large or too small to have one", tables,
                [gather(list(range(len(inputs))), "relu"), gather(list(range(len(inputs))), "mish"),
                 gather(list(range(8)), "unit"), gather(list(range(len(finer))), "grid"),
                 *pools([0, 2, 5, 9], [0, 1, 2, 3, 4], [-1.5] * 4, table="mish")])


def cases():
    return {**codec_cases(), **transform_cases()}
