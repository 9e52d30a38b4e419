"""What classification keeps: sources with their labels, images and points, backbones, classifiers."""
