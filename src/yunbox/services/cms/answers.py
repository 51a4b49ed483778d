"""What all answers of Cms bear: a code and whether it worked, in the body of a success too."""

from __future__ import annotations

from yunbox.api.shapes import Answer

SUCCESS = "The request processing has succeeded."


class Coded(Answer, kw_only=True):
    """An answer with the vendor's code of success."""

    code: str = "200"
    message: str = SUCCESS


class Done(Coded, kw_only=True):
    """An answer that says whether it worked, too."""

    success: bool = True


class Numbered(Answer, kw_only=True):
    """An answer of those actions whose code is a number."""

    code: int = 200
    message: str = SUCCESS
    success: bool = True
