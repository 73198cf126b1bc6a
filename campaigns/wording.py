"""Question texts of the shipped surveys, named here so that the catalogues know them."""

from django.utils.translation import gettext_noop

QUESTION_TEXTS = [
    gettext_noop("How satisfied are you with the outcome?"),
    gettext_noop("Is the problem solved?"),
    gettext_noop("Anything you want to tell us?"),
]
