"""What networks keep in float32 under a mixed policy, beyond what Keras keeps there."""

import keras


def exact(network: keras.Model) -> keras.Model:
    """The network, with its biases added, and the sums brought to norms, in float32.

    Keras casts a bias to bfloat16. Then its gradient is a sum in bfloat16, by
    TensorFlow's kernel for CPUs, where 65,536 ones make 512; and a norm behind the
    layer subtracts the bias again, which leaves a small signal the bias's rounding.
    """
    for layer in network.layers:
        if getattr(layer, "use_bias", False):
            layer.bias._autocast = False  # public only where a variable is made
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.autocast = False  # as Keras's other norms have it
    return network
