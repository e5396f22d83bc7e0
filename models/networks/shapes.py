"""How deep and how wide a net is for an image size and a width factor."""


def halvings(size: int, smallest: int) -> int:
    """How often `size` can be halved without a remainder or falling below `smallest`.

    >>> halvings(64, 4), halvings(28, 4), halvings(64, 7)
    (4, 2, 3)
    """
    count = 0
    while size % 2 == 0 and size // 2 >= smallest:
        size, count = size // 2, count + 1
    return count


def scaled(count: int, width: float) -> int:
    """`count` filters or units times `width`, at least 1."""
    if width <= 0:
        raise ValueError(f"a width factor of {width} leaves no filters: it must be > 0")
    return max(1, round(count * width))


def filters(base: int, doublings: int, width: float) -> int:
    """`base` doubled so often, at most 1024, times `width`."""
    return scaled(min(base * 2**doublings, 1024), width)
