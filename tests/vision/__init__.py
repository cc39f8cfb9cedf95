"""Tests of the eye."""

import os

# Before any test loads onnxruntime, which else records its use under the home of whoever runs the tests.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
