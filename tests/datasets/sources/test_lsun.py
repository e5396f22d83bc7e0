import functools
import hashlib
import http.server
import io
import pickle
import shutil
import threading
import types

import lmdb
import numpy as np
import pytest
from PIL import Image
from tensorflow_datasets.core import load
from tensorflow_datasets.core.download import checksums

from common.errors import UserError
from datasets import catalogue
from datasets.conversion import converter
from datasets.download import fetch
from datasets.images import decoding
from datasets.pipeline import loader
from datasets.sources import lmdb_store, lsun, selection, stores

BEDROOM = catalogue.CATALOGUE["lsun-bedroom"]
PUBLISHED = "bedroom_train_lmdb"
COUNT = 130  # two shards, and one bad image is less than 1 %
PAGE = 4096


def key(i):
    """What LSUN's keys look like, in no order."""
    return hashlib.sha1(bytes([i])).hexdigest()


@functools.cache
def webp(i):
    """The i-th image; the sizes change."""
    pixels = np.random.default_rng(i).integers(0, 256, (18, 17, 3), np.uint8)
    image = Image.fromarray(pixels).resize((130 + i % 7, 140 - i % 5))
    file = io.BytesIO()
    image.save(file, "WEBP", method=0)
    return file.getvalue()


def store(folder, values):
    """Writes an LMDB of {key: bytes} into a folder."""
    with (
        lmdb.open(str(folder), map_size=64 << 20) as environment,
        environment.begin(write=True) as transaction,
    ):
        for name, content in values.items():
            transaction.put(name.encode(), content)
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of a database."""
    folder = tmp_path_factory.mktemp("lsun") / PUBLISHED
    return store(folder, {key(i): webp(i) for i in range(COUNT)})


@pytest.fixture
def bedrooms(tmp_path, written):
    """A database of the test's own, within a folder."""
    return shutil.copytree(written, tmp_path / "lsun" / PUBLISHED)


def zip_of(folder):
    """The folder as the zip that LSUN publishes."""
    archive = folder.parent / "zips" / folder.name
    return shutil.make_archive(str(archive), "zip", folder.parent, folder.name)


def downloaded(source, tmp_path):
    return fetch.fetch(BEDROOM, tmp_path / "data", *([source] if source else []))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", ["folder", "parent", "file", "zip", "zip's folder"])
def test_every_form_of_the_database_is_taken(tmp_path, bedrooms, form):
    before = names(bedrooms)
    archive = bedrooms.parent / "zips" / f"{PUBLISHED}.zip"
    if form.startswith("zip"):
        zip_of(bedrooms)
    source = {
        "folder": bedrooms,
        "parent": bedrooms.parent,
        "file": bedrooms / "data.mdb",
        "zip": archive,
        "zip's folder": archive.parent,
    }[form]
    raw = downloaded(source, tmp_path)
    assert names(raw) == ["data.mdb", "origin.json"]
    images = lsun.read(raw, BEDROOM)
    assert list(images.keys) == sorted(key(i) for i in range(COUNT))
    assert images.labels is None
    place = images.keys.index(key(77))
    with images.take(np.array([3, place])).store.reader() as read:
        assert read(1) == webp(77)
    assert names(raw) == ["data.mdb", "origin.json"]
    assert names(bedrooms) == before


def test_of_several_databases_the_published_name_is_taken(tmp_path, bedrooms):
    kitchens = store(bedrooms.parent / "a_kitchen_train_lmdb", {"x": b"x"})
    assert len(lsun.read(downloaded(bedrooms.parent, tmp_path), BEDROOM)) == COUNT
    bedrooms.rename(bedrooms.parent / "other")
    with pytest.raises(UserError, match=r"2 databases \(a_kitchen_train_lmdb, other\)"):
        list(lsun.find(kitchens.parent, BEDROOM, selection.Leftovers()))


@pytest.mark.parametrize("zipped", [False, True])
def test_images_will_do(tmp_path, zipped):
    for i in range(20):
        file = tmp_path / "export" / key(i)[0] / f"{key(i)}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(webp(i))
    source = zip_of(tmp_path / "export") if zipped else tmp_path / "export"
    raw = fetch.fetch(BEDROOM, tmp_path / "data", tmp_path / source)
    images = lsun.read(raw, BEDROOM)
    assert images.keys == [f"{k[0]}/{k}.webp" for k in sorted(map(key, range(20)))]
    assert images.labels is None
    with images.store.reader() as read:
        place = images.keys.index(f"{key(5)[0]}/{key(5)}.webp")
        assert read(place) == webp(5)


def expected(raw):
    """What tf.gans-comparison cuts out, at half the size."""
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    left, top = (image.width - 128) // 2, (image.height - 128) // 2
    image = image.crop((left, top, left + 128, top + 128))
    return image.resize((64, 64), Image.Resampling.BILINEAR).tobytes()


def converted(tmp_path, **options):
    converter.run(
        ["lsun/bedroom"],
        tmp_path / "data",
        converter.ConversionOptions(**{"workers": 1} | options),
    )
    return converter.ensure("lsun-bedroom", None, tmp_path / "data")


def test_training_reads_what_pillow_decodes(tmp_path, bedrooms):
    downloaded(bedrooms, tmp_path)
    info = converted(tmp_path)
    assert (info.dataset, info.crop, info.split) == (
        "lsun-bedroom",
        "center128",
        "train",
    )
    (batch,) = loader.batches(info, COUNT, seed=0).take(1)
    images = {image.tobytes() for image in batch["image"].numpy()}
    assert images == {expected(webp(i)) for i in range(COUNT)}


def test_shards_do_not_depend_on_the_number_of_workers(tmp_path, bedrooms):
    downloaded(bedrooms, tmp_path)
    contents = []
    for count in (1, 2):
        directory = converted(tmp_path, workers=count, renew=True).directory
        contents.append({p.name: p.read_bytes() for p in directory.iterdir()})
    shards = [f"lsun-bedroom-0000{i}-of-00002.tfrecord" for i in (1, 2)]
    assert sorted(contents[0]) == ["info.json", *shards, "preview.png"]
    assert contents[0] == contents[1]


def test_a_damaged_value_is_skipped_and_listed(tmp_path, bedrooms):
    file = bedrooms / "data.mdb"
    content = bytearray(file.read_bytes())
    at = content.index(webp(9))
    content[at : at + 12] = bytes(12)
    file.write_bytes(content)
    downloaded(bedrooms, tmp_path)
    info = converted(tmp_path)
    assert (info.count, info.skipped) == (COUNT - 1, 1)
    reason = "not an image that Pillow opens"
    assert (info.directory / "skipped.txt").read_text() == f"{key(9)}\t{reason}\n"


BROKEN = {
    "cannot be read as an LMDB .it is empty.": lambda content: b"",
    "cannot be read as an LMDB .* not an LMDB file.": lambda content: b"text" * 9000,
    "is cut short, [0-9,]+ of [0-9,]+ bytes": lambda content: content[:-PAGE],
}


@pytest.mark.parametrize("problem", BROKEN)
def test_a_broken_database_is_refused(tmp_path, bedrooms, problem):
    file = bedrooms / "data.mdb"
    file.write_bytes(BROKEN[problem](bytearray(file.read_bytes())))
    with pytest.raises(UserError, match=f"^{file} {problem}: get it again$"):
        downloaded(bedrooms, tmp_path)
    assert not names(tmp_path / "data")


def test_a_broken_database_that_was_downloaded_says_what_to_remove(tmp_path, bedrooms):
    raw = downloaded(bedrooms, tmp_path)
    (raw / "data.mdb").write_bytes(b"a text" * 5000)
    with pytest.raises(UserError, match=r"again, after removing .*data/lsun-bedroom$"):
        converted(tmp_path)


def test_a_database_without_entries_is_refused(tmp_path):
    store(tmp_path / "empty", {})
    with pytest.raises(UserError, match="has no images in it"):
        downloaded(tmp_path / "empty", tmp_path)


def test_a_flipped_byte_in_the_zip_leaves_nothing(tmp_path, zipped):
    member = f"{PUBLISHED}/data.mdb"
    path = zipped({member: b"content"})
    content = bytearray(path.read_bytes())
    content[content.index(member.encode()) + len(member) + 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"data\.mdb is damaged .*: get it again"):
        downloaded(path, tmp_path)
    assert not names(tmp_path / "data")


@pytest.mark.parametrize("script_name", ["download.py", "convert.py"])
@pytest.mark.parametrize("name", ["lsun/bedrooms", "lsun"])
def test_an_unknown_category_lists_them_all(tmp_path, script, script_name, name):
    result = script(script_name, name, f"--data_dir={tmp_path / 'data'}")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: no LSUN category {name[5:]!r}: give lsun/CATEGORY")
    assert all(category in line for category in (*catalogue.LSUN, "tv-monitor"))


def test_both_spellings_are_one_dataset(tmp_path, bedrooms, capsys):
    data = tmp_path / "data"
    fetch.run(["lsun/bedroom"], str(bedrooms), data)
    fetch.run(["lsun-bedroom"], None, data)
    options = converter.ConversionOptions(image_size=32, workers=1)
    converter.run(["lsun/bedroom"], data, options)
    *_, line = capsys.readouterr().out.splitlines()
    assert " --dataset lsun-bedroom --image_size 32 --name run1 " in line
    info = converter.ensure("lsun/bedroom", None, data)  # the only size
    assert info == converter.ensure("lsun-bedroom", 32, data)
    assert names(data) == converter.downloaded(data) == ["lsun-bedroom"]


def test_the_name_is_not_for_the_users_own_images(tmp_path, bedrooms):
    for name in ("lsun", "lsun-bedroom"):
        with pytest.raises(UserError, match="is taken"):
            fetch.run(["folder", name], str(bedrooms), tmp_path / "data")


def test_a_part_of_the_store_is_small(tmp_path):
    keys = lmdb_store.Keys.of(key(i % 256).encode() for i in range(10_000))
    whole = lmdb_store.DatabaseStore(tmp_path / "data.mdb", keys)
    assert len(pickle.dumps(whole)) < 10_000 * (40 + 8) + 1000
    part = pickle.loads(pickle.dumps(whole.take([9_999, 1])))
    assert list(part.keys) == [key(9_999 % 256), key(1)]


def test_keys_need_not_be_text():
    odd = [b"\0", b"a\0", b"\xff\xfe"]
    keys = lmdb_store.Keys.of(odd)
    assert [k.encode(errors="surrogateescape") for k in keys] == odd
    assert [keys.raw(i) for i in range(3)] == odd


def test_a_value_that_is_too_large_or_missing_is_unusable(bedrooms, monkeypatch):
    keys = lmdb_store.Keys.of([key(1).encode(), b"no key"])
    images = lmdb_store.DatabaseStore(bedrooms / "data.mdb", keys)
    monkeypatch.setattr(stores, "MAX_FILE_BYTES", 100)
    with images.reader() as read:
        with pytest.raises(
            decoding.UnusableError, match=f"file of {len(webp(1)):,} bytes"
        ):
            read(0)
        with pytest.raises(decoding.UnusableError, match="not an image"):
            images.image(read(1))


@pytest.fixture
def published(tmp_path, bedrooms, monkeypatch):
    """LSUN's server; TFDS knows its address and the zip's checksum."""
    archive = zip_of(bedrooms)
    handler = functools.partial(Handler, directory=tmp_path / "lsun" / "zips")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    content = (tmp_path / archive).read_bytes()
    url = f"http://127.0.0.1:{server.server_port}/{PUBLISHED}.zip"
    digest = hashlib.sha256(content).hexdigest()
    infos = {url: checksums.UrlInfo(len(content), digest, f"{PUBLISHED}.zip")}
    builder = types.SimpleNamespace(url_infos=infos)
    monkeypatch.setattr(load, "builder_cls", {"lsun": builder}.get)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield tmp_path / archive
    server.shutdown()
    server.server_close()
    thread.join()


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.mark.usefixtures("published")
def test_the_published_zip_is_fetched_and_unpacked(tmp_path, bedrooms):
    raw = downloaded(None, tmp_path)
    assert names(raw) == ["data.mdb", "origin.json"]
    assert (raw / "data.mdb").read_bytes() == (bedrooms / "data.mdb").read_bytes()


def test_another_zip_is_not_taken_for_it(tmp_path, published):
    content = published.read_bytes()
    published.write_bytes(content[:-1] + b"?")
    with pytest.raises(UserError, match=r"not the known file.*lsun-bedroom --source"):
        downloaded(None, tmp_path)
    assert not names(tmp_path / "data")


def test_a_disk_that_is_too_full_is_noticed_first(tmp_path, published, monkeypatch):
    usage = types.SimpleNamespace(free=2 * published.stat().st_size)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(UserError, match=r"GB to download and unpack, .* --data_dir"):
        downloaded(None, tmp_path)
