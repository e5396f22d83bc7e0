"""Downloading, converting, and the tf.data pipeline that train.py reads."""
