"""What tells soft and crisp skin from chance: photos finished by known hands, and the numbers fitted to them."""
