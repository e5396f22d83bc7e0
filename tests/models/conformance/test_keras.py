"""Every model as Keras's users know one: fit, save, load_model; and samples."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from narrow_models import CLASSES, LATENT, SHAPE, TRANSLATION, create, values

import models

ROWS = 8
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (ROWS, *SHAPE)).astype("uint8")
LABELS = np.arange(ROWS) % CLASSES


@pytest.fixture(params=models.MODELS)
def name(request):
    return request.param


def data(model, rows=ROWS):
    """Arrays of what a model reads."""
    arrays = dict.fromkeys(model.reads, IMAGES[:rows])
    return {k: LABELS[:rows] if k == "label" else v for k, v in arrays.items()}


def eager(name, **options):
    """A model whose `fit` is not compiled, which takes longer than it trains here."""
    model = create(name, **options)
    model.compile(run_eagerly=True)
    return model


def fit(model, x, *arguments, **options):
    return model.fit(x, *arguments, **({"batch_size": 4, "verbose": 0} | options))


def state(model):
    """All numbers that go on in training."""
    networks = {k: values(network) for k, network in model.networks.items()}
    return networks | {k: v.numpy() for k, v in model.state().items()}


def assert_equal(one, other):
    tf.nest.map_structure(np.testing.assert_array_equal, one, other)


# fit.


def test_every_model_fits_arrays_and_saves_all_of_its_state(name, tmp_path):
    model = eager(name)
    history = fit(model, data(model, rows=4)).history
    losses = {"loss"} if name == "vae" else {"d_loss", "g_loss"}
    assert losses <= history.keys()
    assert all(len(curve) == 1 and np.isfinite(curve[0]) for curve in history.values())

    model.save(tmp_path / "x.keras")
    loaded = keras.models.load_model(tmp_path / "x.keras")
    assert loaded.config == model.config
    assert_equal(state(loaded), state(model))


def test_a_loaded_model_goes_on_as_if_it_had_not_been_saved(tmp_path):
    model = eager("began", ema=0.9, seed=3)
    fit(model, data(model, rows=4))
    model.save(tmp_path / "x.keras")
    loaded = keras.models.load_model(tmp_path / "x.keras")
    loaded.compile(run_eagerly=True)
    for each in (model, loaded):
        fit(each, data(each, rows=4))
    assert_equal(state(loaded), state(model))


def trained(x, *arguments, name="dcgan", **options):
    """The state after an epoch on data in one order."""
    model = eager(name)
    fit(model, x, *arguments, shuffle=False, **options)
    return state(model)


def test_uint8_floats_and_datasets_of_images_or_dicts_train_alike():
    floats = np.float32(IMAGES) / 127.5 - 1
    expected = trained(IMAGES)
    for x in (
        floats,
        {"image": floats},
        tf.data.Dataset.from_tensor_slices(IMAGES).batch(4),
        tf.data.Dataset.from_tensor_slices({"image": floats, "id": LABELS}).batch(4),
        tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(4),
    ):
        assert_equal(trained(x), expected)


def test_labels_come_as_y_in_dicts_or_in_pairs():
    pairs = tf.data.Dataset.from_tensor_slices((IMAGES, np.uint8(LABELS))).batch(4)
    expected = trained(IMAGES, LABELS, name="cgan")
    assert_equal(trained({"image": IMAGES, "label": LABELS}, name="cgan"), expected)
    assert_equal(trained(pairs, name="cgan"), expected)


@pytest.mark.parametrize("as_dataset", [False, True])
def test_a_step_takes_n_critic_minibatches_of_fit(as_dataset):
    model, other = create("dcgan", n_critic=3), create("dcgan", n_critic=3)
    images = np.concatenate([IMAGES] * 2)[:14]  # 14: a step of 3 x 4, and 2 left over
    x = images
    if as_dataset:
        x = tf.data.Dataset.from_tensor_slices(images).batch(4, drop_remainder=True)
    model.compile(run_eagerly=True)
    fit(model, x, shuffle=False)
    other.train_step([{"image": images[i : i + 4]} for i in (0, 4, 8)])
    assert_equal(state(model), state(other))


def test_fit_compiles_once_and_follows_the_seed():
    steps = []
    for _ in range(2):
        model = create("dcgan")
        fit(model, IMAGES)
        traced = model.train_function
        fit(model, IMAGES)
        assert model.train_function is traced
        steps.append(state(model))
    assert_equal(*steps)


class Record(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.steps = []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(logs["g_loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = logs["g_loss"]


def test_callbacks_and_history_get_the_mean_of_the_steps(tmp_path):
    model, record = eager("dcgan"), Record()
    stop = keras.callbacks.EarlyStopping("g_loss", mode="min", baseline=-1e9)
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    history = fit(model, IMAGES, epochs=5, callbacks=[record, stop, board])
    assert len(history.epoch) < 5
    assert len(record.steps) == 2
    assert record.epoch == history.history["g_loss"][-1] == np.mean(record.steps)
    assert list(tmp_path.rglob("events.out*"))


# train_step.


@pytest.mark.parametrize("name", ["dcgan", "cgan", "pix2pix"])
def test_a_step_of_a_dict_is_that_of_a_list_of_it(name):
    one, other = create(name), create(name)
    one.train_step(data(one))
    other.train_step([{**data(other), "more": LABELS}])
    assert_equal(state(one), state(other))


def test_a_step_is_compiled_without_autograph(monkeypatch):
    model, states = create("cgan"), []
    learn = model.learn

    def watched(*arguments):
        states.append(tf.__internal__.autograph.control_status_ctx().status.name)
        return learn(*arguments)

    monkeypatch.setattr(model, "learn", watched)
    step = tf.function(model.train_step)
    step(data(model))
    step([data(model)])
    assert states == ["DISABLED", "DISABLED"]


# What does not fit.


IMAGE_CASES = {
    "rank": (IMAGES[..., 0], r"image \[8, 28, 28\] uint8 .*\[n, 28, 28, 1\]"),
    "channels": (IMAGES.repeat(3, 3), r"image \[8, 28, 28, 3\] .*\[n, 28, 28, 1\]"),
    "dtype": (np.int64(IMAGES), r"image \[8, 28, 28, 1\] int64 .*astype\('uint8'\)"),
    "range": (np.float32(IMAGES), r"float32 has values from 0 to 255.* 127\.5"),
    "nan": (np.float32(IMAGES) * np.nan, "from nan to nan"),
    "count": (
        IMAGES[:3],
        r"image \[3, .* too little .* 1 minibatches of 4: .*batch_size",
    ),
    "key": ({"images": IMAGES}, r"reads image, .* given images \[8, 28, 28, 1\] uint8"),
}


@pytest.mark.parametrize("case", IMAGE_CASES)
def test_images_that_do_not_fit_are_refused_with_their_shape(case):
    x, problem = IMAGE_CASES[case]
    with pytest.raises(ValueError, match=problem):
        fit(create("dcgan"), x)


@pytest.mark.parametrize("case", ["rank", "channels", "dtype", "range", "nan", "key"])
def test_a_dataset_and_a_step_refuse_them_too(case):
    x, problem = IMAGE_CASES[case]
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(ROWS, drop_remainder=True)
    with pytest.raises(ValueError, match=problem):
        fit(create("dcgan"), dataset)
    with pytest.raises(ValueError, match=problem):
        create("dcgan").train_step(x)


def test_floats_from_0_to_1_are_warned_of():
    with pytest.warns(UserWarning, match=r"from 0 to 1, .* use 2 \* images - 1"):
        fit(eager("dcgan"), np.float32(IMAGES[:4]) / IMAGES[:4].max())


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (None, r"CGAN reads image and label, and was given image \[8, 28, 28, 1\]"),
        (np.eye(CLASSES)[LABELS], r"label \[8, 10\] float64 must be integers .*argmax"),
        (LABELS + 3, "labels from 0 to 10 do not fit num_classes=10"),
        (LABELS[:5], r"image \[8, .*, label \[5\] int64 differ in length"),
    ],
)
def test_labels_that_do_not_fit_are_refused_with_their_shape(labels, problem):
    with pytest.raises(ValueError, match=problem):
        fit(create("cgan"), IMAGES, labels)


def test_data_that_are_no_minibatches_are_refused():
    images = tf.data.Dataset.from_tensor_slices(IMAGES)
    with pytest.raises(ValueError, match=r"image \[28, 28, 1\] uint8 .*\[n, 28"):
        fit(create("dcgan"), images)
    with pytest.raises(ValueError, match=r"a list_iterator is no array .*Dataset"):
        fit(create("dcgan"), iter([IMAGES]))
    with pytest.raises(ValueError, match="dataset is empty"):
        fit(create("dcgan"), images.take(0).batch(4))
    with pytest.raises(ValueError, match=r"image \[None, 28, .*drop_remainder=True"):
        fit(create("dcgan", n_critic=2), images.batch(4))
    endless = images.repeat().batch(4, drop_remainder=True)
    with pytest.raises(ValueError, match="no end: pass fit steps_per_epoch"):
        fit(create("dcgan"), endless)


def test_a_step_of_the_wrong_number_of_minibatches_is_refused():
    with pytest.raises(ValueError, match=r"takes 3 minibatches \(n_critic\), not 1"):
        create("wgan", n_critic=3).train_step({"image": IMAGES})


def test_a_minibatch_below_the_least_is_refused():
    with pytest.raises(
        ValueError, match=r"minibatch of 1 is too small for EBGAN: .* 2"
    ):
        fit(create("ebgan"), IMAGES, batch_size=1)


@pytest.mark.parametrize(
    ("option", "value"), [("validation_data", IMAGES), ("class_weight", {0: 1.0})]
)
def test_options_of_keras_without_a_meaning_are_refused(option, value):
    with pytest.raises(ValueError, match=f"{option} is of no use"):
        fit(create("dcgan"), IMAGES, **{option: value})


def test_a_gan_is_not_compiled_with_a_loss_and_not_evaluated():
    with pytest.raises(ValueError, match=r"own optimizers .* takes no 'adam', loss"):
        create("dcgan").compile("adam", loss="mse")
    with pytest.raises(ValueError, match=r"of no use .*eval\.py"):
        eager("dcgan").evaluate(IMAGES, verbose=0)


def test_bursts_of_the_critic_are_refused():
    with pytest.raises(ValueError, match=r"critic_burst=100 .*train\.py"):
        fit(create("wgan", critic_burst=100), IMAGES)


# sample.


@pytest.mark.parametrize("name", LATENT)
def test_samples_are_uint8_and_do_not_depend_on_their_number(name):
    model = create(name)
    images = model.sample(3, seed=0)
    assert (images.dtype, images.shape) == (np.uint8, (3, *SHAPE))
    np.testing.assert_array_equal(model.sample(70, seed=0)[:3], images)
    assert not np.array_equal(model.sample(3, seed=1), images)
    assert not np.array_equal(model.sample(3), model.sample(3))


def test_samples_leave_the_noise_of_the_training_alone():
    model = create("dcgan")
    before = model.rng.state.numpy()
    model.sample(2)
    np.testing.assert_array_equal(model.rng.state, before)


def test_samples_show_the_labels_that_are_asked_for():
    model = create("acgan")
    labels = [7, 7, 2]
    z = model.probe({"label": np.array(labels)}, 0)
    np.testing.assert_array_equal(
        model.sample(3, seed=0, labels=labels), np.rint((model(z) + 1) * 127.5)
    )
    for wrong in ([7, 7], [7, 7, 10]):
        with pytest.raises(ValueError, match=rf"labels \{wrong} do not fit 3 .*0 to 9"):
            model.sample(3, labels=wrong)
    with pytest.raises(ValueError, match="DCGAN has no labels"):
        create("dcgan").sample(3, labels=labels)


@pytest.mark.parametrize("name", TRANSLATION)
def test_a_translator_says_what_to_call_for_images(name):
    with pytest.raises(ValueError, match=r"no images from noise: .*translate\(images"):
        create(name).sample(3)


def test_samples_of_points_are_floats():
    model = models.create("gan", (1, 1, 2))
    assert model.sample(3, seed=0).dtype == np.float32
