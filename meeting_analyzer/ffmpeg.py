"""PyAV, always loaded after OpenCV.

Both wheels carry X11 libraries. Where PyAV's are loaded first, the Qt inside OpenCV binds to them and hangs for ever when it
opens its first window (seen with av 18.1 and opencv-python 4.14). So nothing in this package imports `av` by itself.
"""

# isort: off
import cv2  # noqa: F401
import av as av

# isort: on
