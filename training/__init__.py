"""Trains the emotion model: data loaders, Keras models, and the commands train, evaluate and calibrate.

Labels are apparent expressions as raters saw them, not feelings.
"""
