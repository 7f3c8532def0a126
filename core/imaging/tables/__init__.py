"""Color tables of other programs: .cube, HaldCLUT, .3dl, .csp, .spi1d and .spi3d, read to be looks."""
