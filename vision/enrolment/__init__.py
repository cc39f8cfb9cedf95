"""A new product from a few photographs: where they come from, which of them will do, what they make of the gallery, how well it knows."""
