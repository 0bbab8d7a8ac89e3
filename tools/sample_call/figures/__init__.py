"""Synthetic participants: shape and motion (numpy only), and their rendering (Blender's bpy, only in `scene`)."""
