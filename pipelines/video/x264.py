"""What x264 must be told so that equal pictures give equal bytes on every run."""

import cv2

_AVX512 = 256  # OpenCV's CPU_AVX512_SKX: the set that x264 asks for, too

# Its AVX-512 code for macroblock trees reads memory that nobody has written, wherever the width is not a multiple of
# 128 pixels (core 165, presets from `veryfast` on): the bytes then differ from run to run. The older code does not.
STEADY: dict[str, str] = {"x264-params": "asm=avx2"} if cv2.checkHardwareSupport(_AVX512) else {}
