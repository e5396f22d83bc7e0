"""Runs a notebook's cells as Jupyter does, without Jupyter, which is not required.

`python tests/notebook_cells.py notebooks/first-gan.ipynb` runs them in the notebook's
folder and writes their outputs into it.
"""

import ast
import base64
import contextlib
import io
import json
import os
import pathlib
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt


def run(notebook):
    """Runs the code cells one after the other; returns the outputs of each."""
    mpl.use("agg")
    names = {"__name__": "__main__"}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [outputs("".join(cell["source"]), names) for cell in cells]


def outputs(source, names):
    """Runs a cell; returns what it prints, its figures and its last value."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        value = evaluate(source, names)
    shown = []
    if text := printed.getvalue():
        shown.append({"output_type": "stream", "name": "stdout", "text": lines(text)})
    if value is not None:
        shown.append(result(value))
    for number in plt.get_fignums():
        file = io.BytesIO()
        plt.figure(number).savefig(file, format="png", bbox_inches="tight")
        shown.append(display("display_data", {"image/png": encoded(file.getvalue())}))
    plt.close("all")
    return shown


def evaluate(source, names):
    """Runs statements; returns the last one's value, if it has one and no semicolon."""
    body = ast.parse(source).body
    valued = isinstance(body[-1], ast.Expr) and not source.rstrip().endswith(";")
    last = body.pop() if valued else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def result(value):
    """Returns the output that shows a value: a picture, or text."""
    data = {"text/plain": lines(repr(value))}
    if hasattr(value, "_repr_png_"):
        data = {"image/png": encoded(value._repr_png_()), "text/plain": ["<picture>"]}
    return display("execute_result", data)


def display(kind, data):
    """Returns an output of a kind."""
    return {"output_type": kind, "data": data, "metadata": {}}


def encoded(png):
    """Returns a PNG file's bytes as text."""
    return base64.b64encode(png).decode()


def lines(text):
    """Returns text as notebooks have it: lines that keep their ends."""
    return text.splitlines(keepends=True)


def main(path):
    """Runs a notebook in its folder and writes it with its outputs."""
    notebook = json.loads(path.read_text())
    os.chdir(path.parent)
    every = iter(enumerate(run(notebook), start=1))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            number, shown = next(every)
            cell["execution_count"] = number
            cell["outputs"] = shown
            for output in shown:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = number
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
