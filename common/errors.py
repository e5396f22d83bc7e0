"""The exception for mistakes that the user can mend."""


class UserError(ValueError):
    """A mistake of the user's; the message has the wrong value and the remedy."""
