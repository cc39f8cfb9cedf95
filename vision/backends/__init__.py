"""Runtimes that run models; the only place that imports onnxruntime."""
