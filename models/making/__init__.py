"""How the shipped models are made: conversion, fine-tuning and quantisation, by command. Needs torch and onnx, which no store does."""

import os

# Before any module here loads onnxruntime, which else records its use and may send it to its maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
