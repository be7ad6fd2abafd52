"""Transforms and a row codec: what a table has, and what can be nested in a stage."""


class Composition:
    def __init__(self, stages):
        *self.transforms, self.codec = stages

    def bind(self, width, row_width=lambda width: width):
        """Told how many numbers to make: from the outermost transform inwards (expression.md, "Dims"). `row_width` says
        how many a stored row has where several make one."""
        self.width = width
        for transform in self.transforms:
            width = transform.bind(width)
        self.codec.bind(row_width(width))

    @property
    def pools(self):
        """Whether sums are transformed once."""
        return all(transform.pools for transform in self.transforms)

    def transformed(self, y, count):
        """What becomes of a combined row; `count` is the count of constants (affine.md)."""
        for transform in reversed(self.transforms):
            y = transform.apply(y, count)
        return y

    def stages(self, place=""):
        """Every stage with the beginning of its columns' names, nested ones included."""
        for stage in [*self.transforms, self.codec]:
            yield from named(stage, place)


def named(stage, place=""):
    """A stage and those nested in it, each with the beginning of its columns' names."""
    yield place + stage.name + ".", stage
    for number, composition in enumerate(stage.nested()):
        yield from composition.stages("%s%s.%d." % (place, stage.name, number))
