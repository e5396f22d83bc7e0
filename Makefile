PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench campaign clean

$(VENV)/runtime: requirements.txt constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or later is needed, not " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV) || (apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV))
	@# CUDA's libraries are 4 GB: only where an NVIDIA driver answers.
	if nvidia-smi >/dev/null 2>&1; then cp requirements.txt $(VENV)/requirements.txt; \
	else sed 's/\[and-cuda\]//' requirements.txt > $(VENV)/requirements.txt; fi
	$(BIN)/pip install --quiet --disable-pip-version-check -r $(VENV)/requirements.txt -c constraints.txt
	touch $@

$(VENV)/development: $(VENV)/runtime requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@# Without torchvision, which nothing here uses and which has no build for a CPU alone.
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps torch-fidelity==0.4.0
	which chromium chromedriver >/dev/null || (apt-get update && apt-get install -y chromium chromium-driver)
	touch $@

DEMO := --data_dir demo/data
demo: $(VENV)/runtime
	$(BIN)/python download.py digits $(DEMO)
	$(BIN)/python convert.py digits $(DEMO)
	$(BIN)/python train.py --model dcgan --dataset digits --name demo --steps 1000 \
	    --batch_size 64 --set g_width=0.25 --set d_width=0.25 --ckpt_step 25 --log_step 20 \
	    $(DEMO) --summary_dir demo/summary
	$(BIN)/python eval.py --name demo $(DEMO) --summary_dir demo/summary --assets_dir demo/assets

test: $(VENV)/development
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# About two hours on two cores; every table also goes to benchmarks/results/.
LATENT := gan,dcgan,lsgan,wgan,wgan-gp,dragan,ebgan,began,began-cs,coulomb,vae,cgan,acgan,infogan
bench: $(VENV)/development
	$(BIN)/python benchmarks/step.py
	$(BIN)/python benchmarks/step.py --models $(LATENT)
	$(BIN)/python benchmarks/profile_step.py
	$(BIN)/python benchmarks/input.py
	$(BIN)/python benchmarks/convert.py
	$(BIN)/python benchmarks/generators.py
	$(BIN)/python benchmarks/gifs.py
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/dataset_growth.py
	$(BIN)/python download.py mnist
	$(BIN)/python benchmarks/precision.py curves
	$(BIN)/python benchmarks/precision.py finite

# Kills, damages and hostile input at random, on two cores; prints its seed.
campaign: $(VENV)/development
	$(BIN)/python tests/campaign --minutes 30

clean:
	rm -rf $(VENV) demo
