"""Expressions: parsing and canonical spelling (Formats/expression.md)."""

import re
from dataclasses import dataclass, field

from refusal import Refused, require

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
TOKEN = re.compile(r" *([A-Za-z0-9._%+-]+|[|(),=:])")
SUFFIXES = {"k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
LONGEST, DEEPEST, MOST_STAGES = 4096, 8, 64


@dataclass
class Argument:
    """`word` has no label; `label=word` has a string as its value; `label: expression` a list of stages, later
    a Nested."""
    label: str | None
    value: object


@dataclass
class Stage:
    """A stage as it is written. Its revision is not in the expression, but in the catalog."""
    name: str
    arguments: list = field(default_factory=list)
    revision: int = 1


@dataclass
class Nested:
    """Stages joined by `|`, the values of each one's parameters, None of an unknown one, and how they are spelled."""
    stages: list
    values: list
    spelling: str


class Labelled(list):
    """Pairs of a label and a Nested: the value of a parameter that takes compositions."""


def flattened(stages):
    """The stages in the order written, those nested in others included."""
    for stage in stages:
        yield stage
        for argument in stage.arguments:
            if isinstance(argument.value, list):
                yield from flattened(argument.value)


def refuse(expression, what):
    raise Refused("BAD_EXPRESSION", "expression", repr(expression), what)


class Parser:
    """Recursive descent through the grammar, one method a rule."""

    def __init__(self, text):
        self.text = text
        self.tokens = []
        self.stages = 0
        end = len(text.rstrip(" "))
        at = 0
        while at < end:
            match = TOKEN.match(text, at, end)
            if not match:
                refuse(text, "words and punctuation at byte %d" % at)
            self.tokens.append(match[1])
            at = match.end()

    def accept(self, token):
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False

    def word(self):
        if not self.tokens or self.tokens[0] in "|(),=:":
            refuse(self.text, "a word before %r" % "".join(self.tokens[:1]))
        return self.tokens.pop(0)

    def expression(self, depth):
        if depth > DEEPEST:
            refuse(self.text, "nested at most %d deep" % DEEPEST)
        stages = [self.stage(depth)]
        while self.accept("|"):
            stages.append(self.stage(depth))
        return stages

    def stage(self, depth):
        stage = Stage(self.word())
        self.stages += 1
        if not NAME.match(stage.name) or self.stages > MOST_STAGES:
            refuse(self.text, "at most %d stages whose names are a letter, then letters and digits" % MOST_STAGES)
        if self.accept("(") and not self.accept(")"):
            stage.arguments.append(self.argument(depth))
            while self.accept(","):
                stage.arguments.append(self.argument(depth))
            if not self.accept(")"):
                refuse(self.text, "closed by )")
        return stage

    def argument(self, depth):
        word = self.word()
        if self.accept("="):
            return Argument(word, self.word())
        if self.accept(":"):
            return Argument(word, self.expression(depth + 1))
        return Argument(None, word)


def parse(text):
    """The stages of an expression, in the order written."""
    if len(text.encode()) > LONGEST:
        refuse(text, "at most %d bytes" % LONGEST)
    parser = Parser(text)
    stages = parser.expression(1)
    if parser.tokens:
        refuse(text, "ended before %r" % parser.tokens[0])
    return stages


# Parameters of stages. Each takes the arguments that a stage was written with, removes its own, and returns its value
# and how that is spelled canonically: None if it equals the default.

def taken(arguments, label, is_value):
    """Remove and return the only argument with a label (or, without one, a fitting word); None if there is none."""
    for argument in arguments:
        if argument.label == label and isinstance(argument.value, str) and is_value(argument.value):
            arguments.remove(argument)
            return argument.value
    return None


def labelled(label, value):
    return str(value) if label is None else "%s=%s" % (label, value)


@dataclass
class Flag:
    """A word that is there or not."""
    word: str

    def take(self, arguments):
        present = taken(arguments, None, lambda value: value == self.word) is not None
        return present, self.word if present else None


@dataclass
class Choice:
    """One of some words, the first of which is the default; with a label, or as a word of its own."""
    label: str | None
    words: tuple

    def take(self, arguments):
        value = taken(arguments, self.label, lambda value: value in self.words)
        return value or self.words[0], None if value in (None, self.words[0]) else labelled(self.label, value)


@dataclass
class Integer:
    """An integer, with a label or as a word of its own. Without a default it must be written, unless it is optional."""
    label: str | None
    least: int
    most: int
    default: int | None
    hexadecimal: bool = False
    optional: bool = False

    def take(self, arguments):
        word = taken(arguments, self.label, lambda value: True)
        if word is None and self.optional:
            return None, None
        value = self.default if word is None else self.number(word)
        in_range = value is not None and self.least <= value <= self.most
        require(in_range, "BAD_EXPRESSION", self.label or "argument", word,
                "an integer from %d to %d" % (self.least, self.most))
        return value, None if value == self.default else labelled(self.label, value)

    def number(self, word):
        if self.hexadecimal and re.match(r"0x[0-9A-Fa-f]+\Z", word):
            return int(word, 16)
        match = re.match(r"([0-9]+)(%s)?\Z" % "|".join(SUFFIXES), word)
        return int(match[1]) * SUFFIXES.get(match[2], 1) if match else None


@dataclass
class OneOf:
    """One of some integers; the default, or None, if it is not there."""
    label: str
    values: tuple
    default: int | None = None

    def take(self, arguments):
        word = taken(arguments, self.label, lambda value: True)
        require(word in (None, *map(str, self.values)), "BAD_EXPRESSION", self.label, word,
                "one of %s" % (self.values,))
        value = self.default if word is None else int(word)
        return value, None if value == self.default else labelled(self.label, word)


@dataclass
class Decimal:
    """A decimal, from the least, itself included unless it is `above`, to the most; required without a default."""
    label: str
    least: float
    most: float
    default: float | None = None
    above: bool = False

    @staticmethod
    def canonical(word):
        """How a decimal is spelled, or None of a word that is none."""
        match = re.match(r"([0-9]+)(?:\.([0-9]{1,9}))?\Z", word)
        if match is None:
            return None
        fraction = (match[2] or "").rstrip("0")
        return (match[1].lstrip("0") or "0") + ("." + fraction if fraction else "")

    def take(self, arguments):
        word = taken(arguments, self.label, lambda value: True)
        if word is None and self.default is not None:
            return self.default, None
        spelled = self.canonical(word or "")
        fits = spelled is not None and self.least <= float(spelled) <= self.most and not (
            self.above and float(spelled) == self.least)
        require(fits, "BAD_EXPRESSION", self.label, word, "a decimal from %s to %s" % (self.least, self.most))
        value = float(spelled)
        return value, None if value == self.default else labelled(self.label, spelled)


@dataclass
class Integers:
    """A list of integers in one word; None if it is not there and need not be."""
    label: str
    least: int
    most: int
    joined: str = "-"
    required: bool = False

    def take(self, arguments):
        word = taken(arguments, self.label, lambda value: True)
        if word is None:
            require(not self.required, "BAD_EXPRESSION", self.label, "missing", "there")
            return None, None
        parts = word.split(self.joined)
        fit = all(re.match(r"(0|[1-9][0-9]*)\Z", part) and self.least <= int(part) <= self.most for part in parts)
        require(fit, "BAD_EXPRESSION", self.label, word, "integers from %d to %d" % (self.least, self.most))
        return [int(part) for part in parts], labelled(self.label, word)


def values_of(stage, parameters):
    """The values of a stage's parameters by name, and the stage's canonical spelling."""
    left = list(stage.arguments)
    values, spelled = {}, []
    for name, parameter in parameters.items():
        values[name], spelling = parameter.take(left)
        if spelling is not None:
            spelled.append(spelling)
    if left:
        refuse(spelling_of(stage.name, [spelling_as_written(argument) for argument in stage.arguments]),
               "arguments of %s, which takes %s" % (stage.name, ", ".join(parameters) or "none"))
    return values, spelling_of(stage.name, spelled)


def spelling_of(name, arguments):
    return "%s(%s)" % (name, ", ".join(arguments)) if arguments else name


def spelling_as_written(argument):
    """An argument with canonical punctuation, whatever it means."""
    if argument.label is None:
        return argument.value
    if isinstance(argument.value, Nested):
        return "%s: %s" % (argument.label, argument.value.spelling)
    return "%s=%s" % (argument.label, argument.value)
