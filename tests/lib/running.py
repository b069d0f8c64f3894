# SPDX-License-Identifier: AGPL-3.0-or-later
"""A session for the length of a `with`, on the service that all tests of a suite share."""
from .client import Refused
from .service import shared


class Running:
    """A session that is deleted at the end of its `with`, unless it has gone by itself."""

    def __init__(self, text, language='c', **fields):
        self.session = shared().client.create(text, language, **fields)

    def __enter__(self):
        return self.session

    def __exit__(self, *_):
        try:
            self.session.delete()
        except Refused as refused:
            if refused.status not in (404, 410):
                raise


def line_of(text, part):
    """Number of the first line that contains part."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)
