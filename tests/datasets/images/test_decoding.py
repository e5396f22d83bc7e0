import io
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, PngImagePlugin

from common.errors import UserError
from datasets.images import colours, decoding


def noise(width, height):
    x = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return x, Image.fromarray(x)


def array(data, size, channels=3):
    return np.frombuffer(data, np.uint8).reshape(size, size, channels)


@pytest.mark.parametrize(
    ("crop", "box"),
    [
        ("center178", (0, 20, 178, 198)),
        ("center160", (9, 29, 169, 189)),
        ("center128", (25, 45, 153, 173)),
        ("center108", (35, 55, 143, 163)),
        ("offset128", (25, 50, 153, 178)),
        ("square", (0, 20, 178, 198)),
        ("squash", None),
        ("pad", None),
    ],
)
def test_the_published_crops_of_celeba(crop, box):
    assert decoding.crop_box(crop, 178, 218) == box


def test_a_number_is_a_crop_about_the_centre():
    assert decoding.crop_name("64") == "center64"
    assert decoding.crop_box("center64", 89, 109) == (12, 22, 76, 86)


def test_none_is_the_former_name_of_squash():
    assert decoding.crop_name("none") == "squash"


@pytest.mark.parametrize(("crop", "colour"), [("pad", 255), ("pad-edge", 90)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_pad_shows_the_whole_image_on_white_or_on_its_edge(crop, colour, channels):
    x = np.full((32, 64, 3), 90, np.uint8)
    x[8:24, 8:56] = 200
    data = decoding.example(Image.fromarray(x), 64, channels, crop, "antialias")
    pixels = array(data, 64, channels)
    assert (pixels[:16] == colour).all()
    assert (pixels[48:] == colour).all()
    assert (pixels[16:48] == x[..., :channels]).all()


def test_a_colour_of_padding_needs_that_crop():
    assert decoding.padded_crop("pad", "edge") == "pad-edge"
    for crop, colour in (("square", "white"), ("pad", "red")):
        with pytest.raises(UserError, match="it is white or edge and takes --crop pad"):
            decoding.padded_crop(crop, colour)


def test_an_unknown_crop_names_the_known_ones():
    with pytest.raises(UserError, match=r"'big'.*center128.*offset128"):
        decoding.crop_name("big")


@pytest.mark.parametrize("size", [(127, 200), (200, 127)])
def test_one_short_side_is_too_small_for_a_crop(size):
    with pytest.raises(decoding.UnusableError, match="smaller than the crop"):
        decoding.crop_box("center128", *size)


def test_a_crop_of_the_right_size_is_not_resized():
    x, image = noise(178, 218)
    data = decoding.example(image, 128, 3, "center128", "antialias")
    np.testing.assert_array_equal(array(data, 128), x[45:173, 25:153])


def test_legacy_halving_takes_every_second_pixel():
    x, image = noise(128, 128)
    data = decoding.example(image, 64, 3, "squash", "legacy")
    np.testing.assert_array_equal(array(data, 64), x[::2, ::2])


@pytest.mark.parametrize("size", [28, 64, 100, 150])
def test_legacy_is_tensorflow_1s_bilinear(size):
    x, image = noise(89, 109)
    data = decoding.example(image, size, 3, "squash", "legacy")
    expected = tf.raw_ops.ResizeBilinear(
        images=x[None].astype(np.float32), size=[size, size], half_pixel_centers=False
    )
    assert abs(array(data, size) - expected[0].numpy()).max() <= 0.501


def test_antialias_averages():
    x = np.indices((128, 128)).sum(0) % 2 * 255  # a checkerboard of single pixels
    image = Image.fromarray(x.astype(np.uint8))
    means = array(decoding.example(image, 32, 1, "squash", "antialias"), 32, 1)
    assert abs(means[1:-1, 1:-1].astype(int) - 127).max() <= 2


def save(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def decoded(raw, size=16):
    return array(
        decoding.example(decoding.decode(raw), size, 3, "squash", "antialias"), size
    )


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_becomes_white(mode):
    raw = save(Image.new("RGBA", (16, 16), (9, 9, 9, 0)).convert(mode))
    assert (decoded(raw) == 255).all()


def test_a_transparent_palette_becomes_white():
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert (decoded(save(image, transparency=1)) == 255).all()
    assert (decoded(save(image)) == [255, 0, 0]).all()


def test_a_gif_gives_its_first_frame():
    red, blue = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    raw = save(red, "GIF", save_all=True, append_images=[blue])
    assert (decoded(raw) == [255, 0, 0]).all()


def test_gray_and_webp_images_are_converted():
    assert (decoded(save(Image.new("L", (16, 16), 77))) == 77).all()
    webp = save(Image.new("RGB", (16, 16), (1, 2, 3)), "WEBP", lossless=True)
    assert (decoded(webp) == [1, 2, 3]).all()


def test_the_exif_orientation_is_respected():
    x, image = noise(16, 16)
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    np.testing.assert_array_equal(decoded(save(image, exif=exif)), x[::-1, ::-1])


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_an_orientation_is_found_wherever_pillow_finds_it(format):
    image = Image.new("RGB", (16, 24))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    assert decoding.decode(save(image, format, exif=exif)).size == (24, 16)
    xmp = b'<x:xmpmeta><rdf:RDF tiff:Orientation="6"></rdf:RDF></x:xmpmeta>'
    if format in ("WEBP", "JPEG"):
        assert decoding.decode(save(image, format, xmp=xmp)).size == (24, 16)
    if format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        assert decoding.decode(save(image, pnginfo=text)).size == (24, 16)


@pytest.mark.parametrize(
    "format", ["BMP", "TIFF", "PPM", "TGA", "JPEG2000", "PCX", "SGI", "DIB", "QOI"]
)
def test_what_pillow_opens_is_an_image(format):
    x, image = noise(16, 16)
    np.testing.assert_array_equal(decoded(save(image, format)), x)


def test_grey_levels_of_16_bits_are_scaled_from_their_own_range():
    levels = np.linspace(1000, 3000, 256).reshape(16, 16)
    steps = np.arange(256).reshape(16, 16)
    for form, kind in ((np.uint16, "16-bit"), (np.int32, "32-bit")):
        raw = save(Image.fromarray(np.rint(levels).astype(form)), "TIFF")
        image = decoding.decode(raw)
        np.testing.assert_array_equal(np.asarray(image), steps)
        assert image.info[colours.CONVERTED] == f"{kind} grey, by its own range"


def test_floats_are_scaled_from_their_own_range():
    levels = np.linspace(-1, 1, 256, dtype=np.float32).reshape(16, 16)
    image = decoding.decode(save(Image.fromarray(levels), "TIFF"))
    np.testing.assert_array_equal(np.asarray(image), np.arange(256).reshape(16, 16))


def test_an_image_of_one_level_is_black():
    raw = save(Image.fromarray(np.ones((16, 16), np.uint16)))
    assert np.asarray(decoding.decode(raw)).max() == 0


def test_colours_of_16_bits_keep_their_upper_8():
    image = decoding.decode(sixteen_bit_rgb(0x1234))
    assert image.getpixel((3, 3)) == (0x12, 0x12, 0x12)
    assert image.info[colours.CONVERTED].startswith("16-bit colours")


def test_colours_for_print_are_converted():
    image = decoding.decode(save(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "TIFF"))
    assert (image.mode, image.getpixel((3, 3))) == ("RGB", (255, 0, 0))
    assert image.info[colours.CONVERTED] == "CMYK"


def test_common_images_are_not_said_to_be_converted():
    for mode in ("RGB", "RGBA", "L", "P", "1"):
        assert (
            colours.CONVERTED
            not in decoding.decode(save(Image.new(mode, (16, 16)))).info
        )


def sixteen_bit_rgb(level):
    chunks = io.BytesIO()
    header = (16).to_bytes(4) * 2 + bytes([16, 2, 0, 0, 0])
    chunks.write(colours.PNG_SIGNATURE)
    PngImagePlugin.putchunk(chunks, b"IHDR", header)
    rows = (b"\0" + level.to_bytes(2) * 16 * 3) * 16
    PngImagePlugin.putchunk(chunks, b"IDAT", zlib.compress(rows))
    PngImagePlugin.putchunk(chunks, b"IEND", b"")
    return chunks.getvalue()


def bomb():
    return save(Image.new("1", (30_000, 30_000)))


BAD = {
    "1x1 is too small": lambda: save(Image.new("RGB", (1, 1))),
    "truncated": lambda: save(noise(64, 64)[1], "JPEG")[:1500],
    "not an image that Pillow opens": lambda: b"a text named .jpg",
    "not an image": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "no numbers": lambda: save(
        Image.fromarray(np.full((16, 16), np.nan, np.float32)), "TIFF"
    ),
    "decompression bomb": bomb,
}


@pytest.mark.parametrize("reason", BAD)
@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
def test_unusable_images_say_why(reason):
    with pytest.raises(decoding.UnusableError, match=reason):
        decoding.decode(BAD[reason]())
