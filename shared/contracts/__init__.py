"""The published language: what services say to each other and to the world, one module per publisher."""
