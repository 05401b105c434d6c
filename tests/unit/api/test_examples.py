"""Every shape that clients get has an example in the OpenAPI document, and the example has that shape."""

import pytest

from api import schemas
from api.schemas.base import Answer

ANSWERS = [
    shape
    for shape in vars(schemas).values()
    if isinstance(shape, type) and issubclass(shape, Answer) and shape is not Answer and shape.__name__ != "Page"
]


@pytest.mark.parametrize("shape", ANSWERS, ids=lambda shape: shape.__name__)
def test_an_example_has_the_shape_it_stands_for(shape: type[Answer]) -> None:
    assert shape.example, "there is no example"
    value = shape.model_validate(shape.example).model_dump(mode="json", exclude_unset=True)
    assert value == shape.example
    assert shape.model_json_schema()["example"] == shape.example
