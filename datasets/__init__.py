"""What download.py and convert.py do, and the tf.data pipeline that train.py reads."""
