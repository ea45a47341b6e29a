"""The worker: claims tasks, walks them side by side, recovers what died."""
