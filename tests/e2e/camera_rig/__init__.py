"""A small virtual machine with the real v4l2loopback module, for proving the virtual camera where none can be loaded."""
