"""Specs, the frozen parameters of things, and families, which find a spec by its kind.

    queueing = Family("queue discipline")

    @queueing.register
    class Priority(Discipline):  # Discipline is a Spec
        kind: Literal["priority"] = "priority"
        levels: int = Field(2, ge=1, description="number of priorities")
        shares: tuple[Ratio, ...] = Field((), description="capacity kept for each, if any")

    class ServerSpec(Spec):
        discipline: Annotated[Discipline, queueing] = Priority()

A list in a scenario file becomes a tuple or a frozen set: declare ``tuple[float, ...]`` or
``tuple[Seconds, Seconds]``, not ``list``, so that the spec stays as it is and can be hashed.
Types are strict otherwise: 1.0 and "1" are no int, ``true`` is no number; an int is a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from simulator.errors import SimulatorError, shown, unknown_name

PYDANTIC_ERRORS = frozenset(get_args(core_schema.ErrorType))


def _error(kind: Any, text: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{text}", {"text": text})


def _lists_for_tuples(schema: Any) -> Any:
    """Copy a core schema with its tuples and frozen sets, at any depth, open to lists."""
    if isinstance(schema, list):
        return [_lists_for_tuples(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    data = ("default", "metadata", "serialization")  # these may look like a schema and are none
    opened = {k: part if k in data else _lists_for_tuples(part) for k, part in schema.items()}
    return opened | {"strict": False} if schema.get("type") in ("tuple", "frozenset") else opened


def _require_kind(schema: dict[str, Any]) -> None:
    """Say in a JSON Schema what a family demands, although ``kind`` has a default in Python."""
    if "kind" in schema.get("properties", {}):
        schema["required"] = ["kind", *schema.get("required", [])]


class Spec(BaseModel):
    """Base of all parameters: frozen, strict, and closed, so that a mistyped name is an error.

    The docstring of a subclass and the description of each field are its reference page.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        populate_by_name=True,
        json_schema_extra=_require_kind,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return _lists_for_tuples(handler(source))

    @model_validator(mode="wrap")
    @classmethod
    def _validated(cls, data: Any, handler: Callable[[Any], Self]) -> Self:
        try:
            spec = handler(data)
        except ValidationError as error:
            lines = [cls._reworded(line) for line in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(error.title, lines) from None
        wrong = [_error("contradiction", each) for each in spec.contradictions()]
        if wrong:
            lines = [InitErrorDetails(type=each, loc=(), input=data) for each in wrong]
            raise ValidationError.from_exception_data(cls.__name__, lines)
        return spec

    def contradictions(self) -> Iterator[str]:
        """What is wrong between fields of which each is right by itself.

        Yields:
            One sentence for each thing, all of them: who mends one should not find the next only
            then. A subclass goes on with what its base says.
        """
        yield from ()

    @classmethod
    def _reworded(cls, line: ErrorDetails) -> InitErrorDetails:
        """Name this class's fields in an error about one of them; keep any other error."""
        kind, path, text = line["type"], line["loc"], line["msg"]
        names = {field.alias or name: field for name, field in cls.model_fields.items()}
        if kind == "extra_forbidden" and len(path) == 1:
            kind, text = "unknown_field", unknown_name("field", path[0], names)
        elif kind == "missing" and len(path) == 1:
            field = names.get(str(path[0]))
            meaning = f": {field.description}" if field and field.description else ""
            kind, text = "missing_field", f"required field {path[0]!r} is missing{meaning}"
        elif kind in PYDANTIC_ERRORS:
            context = line.get("ctx", {})
            return InitErrorDetails(type=kind, loc=path, input=line["input"], ctx=context)
        return InitErrorDetails(type=_error(kind, text), loc=path, input=line["input"])


def _demands_parameters(cls: type[Spec]) -> bool:
    return any(field.is_required() for field in cls.model_fields.values())


S = TypeVar("S", bound=Spec)


class Family:
    """All kinds of one thing by name; in an annotation, a field that takes any of them.

    ``Annotated[BalancingPolicy, balancing]`` takes an instance of a registered class, a mapping
    with the ``kind`` and its parameters, or a bare name, which means that kind with its defaults.
    Kinds are looked up when a value is validated, so one registered later works as well.

    Args:
        noun: what errors call a member, e.g. ``balancing policy``.
        shorthand: turns a number, or text that cannot be a name (``80ms``), into a mapping or an
            instance; without it such a value is an error.
    """

    def __init__(self, noun: str, shorthand: Callable[[Any], Any] | None = None) -> None:
        self.noun = noun
        self._shorthand = shorthand
        self._kinds: dict[str, type[Spec]] = {}
        self._in_schema: set[str] = set()  # kinds whose JSON Schema is being written right now

    def register(self, cls: type[S]) -> type[S]:
        """Add a class under the default of its ``kind`` field; meant as a decorator.

        Raises:
            TypeError: the class has no ``kind: Literal["name"] = "name"``.
            ValueError: that kind is taken.
        """
        field = cls.model_fields.get("kind")
        if field is None or get_args(field.annotation) != (field.default,):
            raise TypeError(f'{cls.__name__} needs a field like kind: Literal["name"] = "name"')
        if taken := self._kinds.get(field.default):
            raise ValueError(
                f"two classes for the {self.noun} {field.default!r}: "
                f"{taken.__module__}.{taken.__name__} and {cls.__module__}.{cls.__name__}"
            )
        self._kinds[field.default] = cls
        return cls

    def kinds(self) -> dict[str, type[Spec]]:
        """All registered classes by kind, in alphabetical order."""
        return dict(sorted(self._kinds.items()))

    def __getitem__(self, kind: str) -> type[Spec]:
        """The class of one kind; raises ``SimulatorError`` if there is none."""
        if kind not in self._kinds:
            raise SimulatorError(unknown_name(self.noun, kind, self._kinds))
        return self._kinds[kind]

    def validate(self, value: Any) -> Spec:
        """Make a spec of whatever may stand in a field of this family.

        Raises:
            ValueError: no kind, an unknown one, or (a ``ValidationError``) wrong parameters.
        """
        if isinstance(value, str) and (value in self._kinds or value.isidentifier()):
            return self._class_of(value).model_validate({"kind": value})
        scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
        if self._shorthand and scalar:
            value = self._shorthand(value)
        if isinstance(value, tuple(self._kinds.values())):
            return value
        if isinstance(value, Mapping):
            return self._from_mapping(value)
        text = f"found {shown(value)}; must be a {self.noun}: its name, or a mapping with its kind"
        raise _error("not_a_kind", f"{text}; {self._known()}")

    def _from_mapping(self, value: Mapping[str, Any]) -> Spec:
        if "kind" not in value:
            raise _error("missing_kind", f"no kind given; {self._known()}")
        try:
            cls = self._class_of(value["kind"])
        except PydanticCustomError as error:  # located beneath the mapping, at its kind
            line = InitErrorDetails(type=error, loc=("kind",), input=value["kind"])
            raise ValidationError.from_exception_data(self.noun, [line]) from None
        return cls.model_validate(value)

    def _class_of(self, kind: Any) -> type[Spec]:
        if not isinstance(kind, str) or kind not in self._kinds:
            raise _error("unknown_kind", unknown_name(self.noun, kind, self._kinds))
        return self._kinds[kind]

    def _known(self) -> str:
        return f"known: {', '.join(self.kinds()) or 'none'}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # Any, not the annotated base class: so each kind is dumped with all its own fields.
        return core_schema.no_info_before_validator_function(
            self.validate, core_schema.any_schema()
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        kinds = self.kinds()
        bare = [kind for kind, cls in kinds.items() if not _demands_parameters(cls)]
        forms: list[Any] = [core_schema.literal_schema(bare)] if bare else []
        if self._shorthand:
            forms += [core_schema.float_schema(), core_schema.str_schema()]
        forms += [self._described(kind, cls) for kind, cls in kinds.items()]
        new = kinds.keys() - self._in_schema
        self._in_schema |= new
        try:
            return handler(core_schema.union_schema(forms))
        finally:
            self._in_schema -= new

    def _described(self, kind: str, cls: type[Spec]) -> core_schema.CoreSchema:
        """The schema of a kind, or a reference: a mixture of distributions may hold mixtures."""
        schema: Any = cls.__pydantic_core_schema__
        if kind not in self._in_schema:
            return schema
        ref = schema["ref"] if "ref" in schema else schema["schema"]["schema_ref"]
        return core_schema.definition_reference_schema(ref)
