"""A network of EfficientNet-B0's shape with random weights, which the peer runs in PyTorch and we run as ONNX.

Source: Tan & Le 2019, table 1, padded as TensorFlow pads: what the upstream extractor is, of which no weights are public.
"""

import io
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.rows import Missing
from pipelines.classify.manifest import Manifest

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    raise Missing(f"{error.name} is not installed: pip install 'darkroom[bench]'") from error

SIDE = 224
FEATURES = 1280
CLASSES = 1275  # of the upstream's last layer, which is loaded and never asked
MANIFEST = Manifest(name="b0", length=FEATURES)
SEED = 6
SPREAD = 1e-3  # added to the variance by every normalisation
# (kernel, stride of the first, growth inside, channels out, repeats)
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


class Convolution(nn.Module):  # type: ignore[misc]  # torch is untyped here, whether it is installed or not
    """A convolution that is padded by hand, more on the right and below, and normalised."""

    def __init__(
        self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1, *, side: int
    ) -> None:
        super().__init__()
        pad = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        self.pad = nn.ZeroPad2d((pad // 2, pad - pad // 2) * 2) if pad else nn.Identity()
        self.conv = nn.Conv2d(channels, out, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out, eps=SPREAD, momentum=None)

    def forward(self, x: Any) -> Any:
        return self.norm(self.conv(self.pad(x)))


class Block(nn.Module):  # type: ignore[misc]
    """An inverted bottleneck that squeezes and excites its channels."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, growth: int, *, side: int) -> None:
        super().__init__()
        inner, few = channels * growth, max(1, channels // 4)
        self.grow = Convolution(channels, inner, 1, side=side) if growth > 1 else None
        self.depth = Convolution(inner, inner, kernel, stride, inner, side=side)
        self.squeeze, self.excite = nn.Conv2d(inner, few, 1), nn.Conv2d(few, inner, 1)
        self.shrink = Convolution(inner, out, 1, side=math.ceil(side / stride))
        self.is_residual = stride == 1 and channels == out

    def forward(self, x: Any) -> Any:
        inner = x if self.grow is None else swish(self.grow(x))
        inner = swish(self.depth(inner))
        gate = self.excite(swish(self.squeeze(functional.adaptive_avg_pool2d(inner, 1))))
        made = self.shrink(torch.sigmoid(gate) * inner)
        return made + x if self.is_residual else made


class Backbone(nn.Module):  # type: ignore[misc]
    """(n, 3, 224, 224) float32, 0 to 1, to (n, 1280)."""

    def __init__(self) -> None:
        super().__init__()
        side = SIDE // 2
        self.stem = Convolution(3, 32, 3, 2, side=SIDE)
        blocks, channels = [], 32
        for kernel, first, growth, out, repeats in STAGES:
            for stride in (first, *[1] * (repeats - 1)):
                blocks.append(Block(channels, out, kernel, stride, growth, side=side))
                channels, side = out, math.ceil(side / stride)
        self.blocks = nn.Sequential(*blocks)
        self.head = Convolution(channels, FEATURES, 1, side=side)
        self.fc = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Any) -> Any:
        last = swish(self.head(self.blocks(swish(self.stem(x)))))
        return torch.flatten(functional.adaptive_avg_pool2d(last, 1), 1)


def swish(x: Any) -> Any:
    return x * torch.sigmoid(x)


def save(patches: NDArray[np.uint8], folder: Path) -> tuple[Path, Path]:
    """Write one network as PyTorch's weights and as ONNX; `patches` (n, 224, 224, 3) set its normalisations."""
    torch.manual_seed(SEED)
    backbone = Backbone()
    with torch.no_grad():
        backbone.train()(torch.from_numpy(patches).permute(0, 3, 1, 2).float() / 255)
    backbone.eval()
    weights, exported = folder / "b0.pt", folder / "b0.onnx"
    torch.save(backbone.state_dict(), weights)
    exported.write_bytes(_export(backbone))
    return weights, exported


def load(weights: Path) -> Any:
    """Build the network and read its weights, as the upstream does for every image."""
    backbone = Backbone()
    backbone.load_state_dict(torch.load(weights, weights_only=True))
    return backbone.eval()


def _export(backbone: Any) -> bytes:
    """The exporter that needs no further package says that it is the old one."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            backbone,
            (torch.zeros(2, 3, SIDE, SIDE),),
            file,
            input_names=[MANIFEST.input_name],
            output_names=[MANIFEST.output_name],
            dynamic_axes={MANIFEST.input_name: {0: "N"}, MANIFEST.output_name: {0: "N"}},
            opset_version=17,
            dynamo=False,
        )
    return file.getvalue()
