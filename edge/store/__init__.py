"""What the shop is: catalogue, prices, planogram, layout, stock. Pure."""
