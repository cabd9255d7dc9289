"""Writes packages/weight-metrics/test/golden/events.json: an event file as TensorBoard's own writer makes it, and what its reader
finds in it."""

import base64
import json
import math
import pathlib
import struct
import tempfile
import zlib

import tensorboard
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "events.json"


def png(width, height, color, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


# One grey point, and 3 x 2 points of red, green, blue and opacity.
GREY = png(1, 1, 0, [[7]])
COLOR = png(3, 2, 6, [range(12), range(12, 24)])

EVENTS = [
    {"tag": "loss", "step": 0, "wallTime": 1700000000.25, "scalar": 0.7},
    {"tag": "loss", "step": 1, "wallTime": 1700000001.5, "scalar": 0},
    {"tag": "loss", "step": 300, "wallTime": 1700000002, "scalar": "NaN"},
    {"tag": "loss", "step": 2**40, "wallTime": 1700000003, "scalar": "-Infinity"},
    {
        "tag": "weights/dense/kernel",
        "step": 5,
        "wallTime": 1700000004,
        "histogram": {
            "edges": [-1, -0.5, 0, 0.5, 1],
            "counts": [0, 3, 0, 200],
            "below": 0,
            "above": 2,
            "min": -0.25,
            "max": 1.75,
            "sum": 150.5,
            "sumSquares": 130.25,
        },
    },
    {
        "tag": "weights/dense/kernel",
        "step": 6,
        "wallTime": 1700000005,
        "histogram": {
            "edges": [-1, 0, 1],
            "counts": [4, 0],
            "below": 1,
            "above": 0,
            "min": -3,
            "max": -0.125,
            "sum": -5.5,
            "sumSquares": 11,
        },
    },
    {
        "tag": "weights/none",
        "step": 6,
        "wallTime": 1700000005,
        "histogram": {"edges": [0, 1], "counts": [0], "min": 0, "max": 0, "sum": 0, "sumSquares": 0},
    },
    {"tag": "filters", "step": 7, "wallTime": 1700000006, "image": base64.b64encode(GREY).decode()},
    {"tag": "filters", "step": 8, "wallTime": 1700000007, "image": base64.b64encode(COLOR).decode()},
    {"tag": "notes", "step": 9, "wallTime": 1700000008, "text": "**größer** als 1"},
    {"tag": "notes", "step": 10, "wallTime": 1700000009, "text": "x" * 200},
]


def value(event):
    made = summary_pb2.Summary.Value(tag=event["tag"])
    if "scalar" in event:
        made.simple_value = float(event["scalar"])
    elif "histogram" in event:
        h = event["histogram"]
        edges, counts = h["edges"], h["counts"]
        rights = [edges[0], *edges[1:], h["max"]]
        found = [h.get("below", 0), *counts, h.get("above", 0)]
        held = [i for i, count in enumerate(found) if count > 0]
        part = slice(held[0], held[-1] + 1) if held else slice(0, 0)
        made.histo.CopyFrom(
            summary_pb2.HistogramProto(
                min=h["min"],
                max=h["max"],
                num=sum(found),
                sum=h["sum"],
                sum_squares=h["sumSquares"],
                bucket_limit=rights[part],
                bucket=found[part],
            )
        )
    elif "image" in event:
        data = base64.b64decode(event["image"])
        width, height, _, color = struct.unpack(">IIBB", data[16:26])
        channels = {0: 1, 6: 4}[color]
        made.image.CopyFrom(
            summary_pb2.Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=data)
        )
    else:
        made.metadata.plugin_data.plugin_name = "text"
        made.tensor.CopyFrom(tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[event["text"].encode()]))
        made.tensor.tensor_shape.dim.add(size=1)
    return made


def plain(x):
    return x if math.isfinite(x) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(x)]


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "events.out.tfevents.1700000000.weightkit"
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=1700000000, file_version="brain.Event:2").SerializeToString())
        for event in EVENTS:
            made = event_pb2.Event(wall_time=event["wallTime"], step=event["step"])
            made.summary.value.append(value(event))
            writer.write(made.SerializeToString())
        writer.flush()
    read = event_accumulator.EventAccumulator(folder, size_guidance={key: 0 for key in event_accumulator.DEFAULT_SIZE_GUIDANCE})
    read.Reload()
    found = {
        "scalars": {tag: [[e.step, plain(e.value)] for e in read.Scalars(tag)] for tag in read.Tags()["scalars"]},
        "histograms": {
            tag: [
                [e.step, e.histogram_value.num, e.histogram_value.bucket_limit, e.histogram_value.bucket]
                for e in read.Histograms(tag)
            ]
            for tag in read.Tags()["histograms"]
        },
        "images": {tag: [[e.step, e.width, e.height] for e in read.Images(tag)] for tag in read.Tags()["images"]},
        "tensors": {
            tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in read.Tensors(tag)] for tag in read.Tags()["tensors"]
        },
    }
    OUT.write_text(
        json.dumps(
            {
                "made": {"by": "golden/weight_metrics_events.py", "versions": {"tensorboard": tensorboard.__version__}},
                "events": EVENTS,
                "file": base64.b64encode(path.read_bytes()).decode(),
                "read": found,
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )
