"""How the shipped models are made: conversion, fine-tuning and quantisation, by command. Needs torch and onnx, which no store does."""
