"""What tells soft and crisp skin from chance: photos finished by hands that are known, and the numbers fitted to them."""
