"""The functions of the expression language: importing this package declares them all."""

from provisioner.language.functions import choice, dates, generated, lists, replace, text
from provisioner.language.functions.registry import (
    FUNCTIONS,
    OMITTED,
    Argument,
    EvaluationError,
    Evaluator,
    Function,
    FunctionError,
    find_function,
)

__all__ = [
    "FUNCTIONS",
    "OMITTED",
    "Argument",
    "EvaluationError",
    "Evaluator",
    "Function",
    "FunctionError",
    "choice",
    "dates",
    "find_function",
    "generated",
    "lists",
    "replace",
    "text",
]
