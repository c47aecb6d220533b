"""A plugin of the type checker: `changed(part, status=…)` is checked like the constructor of `part`.

Without it the fields of `shared.contracts.base.changed` are of any name and type until the line runs.
"""

from collections.abc import Callable

from mypy.expandtype import expand_type_by_instance
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import ARG_NAMED_OPT, ARG_POS, TypeInfo, Var
from mypy.plugin import FunctionSigContext, Plugin
from mypy.types import FunctionLike, Instance, Type, TypeVarType, get_proper_type

CHANGED = "shared.contracts.base.changed"
METADATA = "pydantic-mypy-metadata"


def _fields(model: Instance) -> dict[str, Type]:
    """Name → type of each field that pydantic's own plugin has seen on the model and on what it is made from."""
    types: dict[str, Type] = {}
    for info in reversed(model.type.mro):
        for name in info.metadata.get(METADATA, {}).get("fields", {}):
            if owner := _declared(model.type, name):
                node = owner.names[name].node
                if isinstance(node, Var) and node.type is not None:
                    types[name] = expand_type_by_instance(node.type, map_instance_to_supertype(model, owner))
    return types


def _declared(info: TypeInfo, name: str) -> TypeInfo | None:
    return next((base for base in info.mro if name in base.names), None)


def _signature(context: FunctionSigContext) -> FunctionLike:
    signature = context.default_signature
    if not context.args[0]:
        return signature
    model = get_proper_type(context.api.get_expression_type(context.args[0][0]))
    if isinstance(model, TypeVarType):
        model = get_proper_type(model.upper_bound)
    if not isinstance(model, Instance) or not (fields := _fields(model)):
        return signature
    return signature.copy_modified(
        arg_types=[signature.arg_types[0], *fields.values()],
        arg_kinds=[ARG_POS, *[ARG_NAMED_OPT] * len(fields)],
        arg_names=[signature.arg_names[0], *fields],
    )


class Changed(Plugin):
    """Gives each call of `changed` the keyword arguments of its model."""

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """The signature of this call, if it is one of `changed`."""
        return _signature if fullname == CHANGED else None


def plugin(version: str) -> type[Plugin]:
    """Where the type checker looks."""
    return Changed
