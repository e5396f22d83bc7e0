"""What eval.py does: pictures, metrics, reports and exports of runs; names no GAN."""
