"""From trained models to the ONNX files in models/: conversion, parity with the original, checksums."""
