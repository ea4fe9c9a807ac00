"""The one error that the lab reports to its user in words."""


class LabError(Exception):
    """Something that a person can act on: printed as one message, without a stack trace."""
