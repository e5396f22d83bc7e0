import tensorflow as tf

from benchmarks import limits, reporting

IMAGES = 2 * 8 * 8  # of two images, output pixels of stride 1


def counted(function, *shapes):
    specs = [tf.TensorSpec(shape) for shape in shapes]
    traced = tf.function(function, autograph=False).get_concrete_function(*specs)
    return limits.multiplications(traced)


def convolution(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def test_flops_of_products_and_convolutions_are_those_of_the_formulas():
    assert counted(tf.matmul, (3, 4), (4, 5)) == 2 * 3 * 4 * 5
    turned = counted(lambda a, b: tf.matmul(a, b, transpose_a=True), (4, 3), (4, 5))
    assert turned == 2 * 3 * 4 * 5
    assert counted(convolution, (2, 8, 8, 3), (5, 5, 3, 7)) == 2 * IMAGES * 25 * 3 * 7


def test_both_gradients_of_a_convolution_cost_what_it_costs():
    def step(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = convolution(x, kernel)
        return tape.gradient(y, [x, kernel])

    one = 2 * IMAGES * 25 * 3 * 7
    assert counted(step, (2, 8, 8, 3), (5, 5, 3, 7)) == 2 * one  # y is not needed


def test_what_no_result_needs_is_not_counted():
    def step(x, kernel):
        convolution(x, kernel)
        return x

    assert counted(step, (2, 8, 8, 3), (5, 5, 3, 7)) == 0


def test_ways_take_turns_and_ratios_are_of_neighbours():
    said = iter([1.0, 2.0, 30.0, 10.0, 5.0, 5.0])
    ways = {"a": lambda: next(said), "b": lambda: next(said)}
    found = reporting.in_turns(ways, 3)
    assert found == {"a": [1.0, 30.0, 5.0], "b": [2.0, 10.0, 5.0]}
    assert reporting.ratio(found["a"], found["b"]) == 1.0


def test_a_table_is_kept_under_the_device(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reporting, "RESULTS", tmp_path)
    table = reporting.Table("speed", "How fast", ["what", "ratio"])
    table.row("loop", 0.98)
    table.save()
    (kept,) = tmp_path.rglob("speed.md")
    assert kept.read_text() == capsys.readouterr().out
    assert "| loop | 0.98 |" in kept.read_text()
    assert reporting.machine() in kept.read_text()
