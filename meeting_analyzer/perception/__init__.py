"""What is seen in one frame: tiles, faces, emotions, names."""
